"""The exam player's page and its lease. Everything else the player does goes by the delivery protocol."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import allow_public

from .. import tokens
from ..queries.own import own_attempt
from ..services import attempts
from ..wire import reply
from .home import for_candidates


@for_candidates
@never_cache
@require_GET
def player(request: HttpRequest, attempt: int) -> HttpResponse:
    """One's own attempt: waiting room, questions, receipt. Holds no question and no token itself."""
    own = own_attempt(request.user, attempt)  # type: ignore[arg-type]
    config = {
        "attempt": own.pk,
        "api": f"/delivery/v1/attempts/{own.pk}",
        "lease": reverse("candidates:lease", args=[own.pk]),
        "receipt": reverse("candidates:receipt", args=[own.pk]),
        "home": reverse("candidates:home"),
        "worker": reverse("candidates:player_worker"),
        "signIn": reverse("candidates:ticket_sign_in"),
        "timeZone": settings.TIME_ZONE,
        "csrfCookie": settings.CSRF_COOKIE_NAME,
    }
    return render(request, "candidates/player.html", {"attempt": own, "config": config})


@for_candidates
@require_POST
def lease(request: HttpRequest, attempt: int) -> HttpResponse:
    """Take the right to write for this tab; any other tab or machine loses it and is told so."""
    own = own_attempt(request.user, attempt)  # type: ignore[arg-type]
    token = attempts.take_lease(
        attempt=own,
        device=request.headers.get("User-Agent", ""),
        actor=request.user,  # type: ignore[arg-type]
    )
    return reply({"token": tokens.issue(token), "attempt": own.pk})


@allow_public
@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The player's service worker. Its address sets its reach: the exam pages and nothing else."""
    script = (settings.BASE_DIR / "static" / "js" / "player" / "worker.js").read_bytes()
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


__all__ = ["lease", "player", "worker"]
