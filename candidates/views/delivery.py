"""The delivery protocol's edge (docs/delivery-protocol.md). Reached through `candidates.lane`.

Each view reads the attempt token, decodes the typed body, calls one service, replies.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.access import Access
from accounts.errors import Forbidden, Refusal

from .. import schemas, tokens
from ..enums import FINISHED
from ..models import Attempt
from ..queries import delivery as reading
from ..queries.plans import plan_of
from ..rules import receipt_code
from ..services import attempts, practical, responses, signin
from ..wire import reply

P = ParamSpec("P")
TokenView = Callable[Concatenate[HttpRequest, tokens.AttemptToken, P], HttpResponse]


def with_token(method: str) -> Callable[[TokenView[P]], Callable[..., HttpResponse]]:
    """The view is for the holder of the attempt's token, and answers to one method only."""

    def decorate(view: TokenView[P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, attempt: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            _require_method(request, method)
            scheme, _blank, text = request.headers.get("Authorization", "").partition(" ")
            token = tokens.read(text if scheme == "Attempt" else "")
            if token.attempt != attempt:
                raise Forbidden("token_of_other_attempt", _("凭证不属于这次作答。"))
            return view(request, token, *args, **kwargs)

        checked.access = Access(attempt=True)  # type: ignore[attr-defined]
        checked.csrf_exempt = True  # type: ignore[attr-defined]
        return checked

    return decorate


def sign_in(request: HttpRequest) -> HttpResponse:
    """Ticket and access code for an attempt token (clients that are not the site's own pages)."""
    _require_method(request, "POST")
    body = schemas.decode(request.body, schemas.SignInBody)
    attempt = signin.attempt_by_ticket(request, ticket_no=body.ticket_no, access_code=body.access_code)
    token = attempts.take_lease(
        attempt=attempt,
        device=request.headers.get("User-Agent", ""),
        actor=attempt.registration.candidate.user,
    )
    return reply({"token": tokens.issue(token), "attempt": attempt.pk})


sign_in.access = Access(public=True)  # type: ignore[attr-defined]
sign_in.csrf_exempt = True  # type: ignore[attr-defined]


@with_token("GET")
def state(request: HttpRequest, token: tokens.AttemptToken) -> HttpResponse:
    """All a device needs to go on: state, times, order, and what the server holds of each slot."""
    return reply(reading.full_state(token))


@with_token("POST")
def start(request: HttpRequest, token: tokens.AttemptToken) -> HttpResponse:
    attempts.start(token)
    return reply(reading.full_state(token))


@with_token("GET")
def paper(request: HttpRequest, token: tokens.AttemptToken, sha256: str) -> HttpResponse:
    """The form's public payload, gzip-compressed, named by its hash: a browser may keep it."""
    started = Attempt.objects.filter(pk=token.attempt, started_at__isnull=False).exists()
    if not started:
        raise Refusal("not_started", _("尚未开始作答，试题未开放。"), status=403)
    plan = plan_of(token.form)
    if sha256 != plan.sha256:
        raise Refusal("paper_unknown", _("没有这份试卷。"), status=404)
    response = HttpResponse(plan.payload, content_type="application/json")
    response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


@with_token("POST")
def save(request: HttpRequest, token: tokens.AttemptToken) -> HttpResponse:
    body = schemas.decode(request.body, schemas.SaveBody)
    saved = responses.save_entries(token, body.entries)
    return reply(
        {
            "saved": saved.saved,
            "conflicts": saved.conflicts,
            "state": saved.state,
            "deadline": _iso(saved.deadline_at),
            "server_time": _iso(saved.server_time),
        }
    )


@with_token("POST")
def command(request: HttpRequest, token: tokens.AttemptToken) -> HttpResponse:
    """One command to a practical world. A refusal by the world is an answer (200), not an error."""
    body = schemas.decode(request.body, schemas.CommandBody)
    return reply(practical.run_command(token, body.slot, body.revision, body.command))


@with_token("GET")
def world(request: HttpRequest, token: tokens.AttemptToken, slot: int) -> HttpResponse:
    return reply(practical.view_world(token, slot))


@with_token("POST")
def pulse(request: HttpRequest, token: tokens.AttemptToken) -> HttpResponse:
    """Every ten seconds: still here. Brings pauses, added time and messages to the device."""
    body = schemas.decode(request.body or b"{}", schemas.PulseBody)
    return reply(reading.pulse(token, body))


@with_token("POST")
def submit(request: HttpRequest, token: tokens.AttemptToken) -> HttpResponse:
    body = schemas.decode(request.body or b"{}", schemas.SubmitBody)
    attempt = attempts.submit(token, body.entries, digest=body.digest)
    return reply(
        {
            "state": attempt.state,
            "finished_at": _iso(attempt.finished_at) if attempt.finished_at else None,
            "receipt": attempt.receipt,
            "code": receipt_code(attempt.receipt),
            "finished": attempt.state in FINISHED,
        }
    )


@with_token("POST")
def late(request: HttpRequest, token: tokens.AttemptToken) -> HttpResponse:
    """Answers that could not be sent before the end: kept for a person to judge."""
    body = schemas.decode(request.body, schemas.LateBody)
    upload = attempts.quarantine_late(token, body.entries)
    return reply({"late_upload": upload.pk, "digest": upload.digest, "state": upload.state}, status=202)


def _require_method(request: HttpRequest, method: str) -> None:
    if request.method != method:
        raise Refusal(
            "method_not_allowed",
            _("此地址只接受 %(method)s。") % {"method": method},
            data={"allowed": method},
            status=405,
        )


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


__all__: list[Any] = [
    "command",
    "late",
    "paper",
    "pulse",
    "save",
    "sign_in",
    "start",
    "state",
    "submit",
    "world",
]
