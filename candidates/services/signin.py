"""Signing in with a ticket: number and printed access code. Attempts are limited like any sign-in."""

from __future__ import annotations

import hmac
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.errors import Refusal
from accounts.models import User

from ..models import Attempt, Registration
from ..rules import access_code as code_of


class TicketBackend:
    """An authentication backend for `authenticate(request, username=<ticket>, access_code=<code>)`."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", access_code: str = "", **_other: Any
    ) -> User | None:
        if not username or not access_code:
            return None
        right = hmac.compare_digest(
            code_of(settings.SECRET_KEY, username).encode(), access_code.strip().encode()
        )
        registration = (
            Registration.objects.select_related("candidate__user").filter(ticket_no=username).first()
        )
        if not right or registration is None:
            return None
        user = registration.candidate.user
        return user if user is not None and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()


def attempt_by_ticket(request: HttpRequest, *, ticket_no: str, access_code: str) -> Attempt:
    """The attempt of the ticket's holder. Raises Refusal 401 (wrong) or 429 (too many tries)."""
    user = authenticate(request, username=ticket_no.strip(), access_code=access_code)
    if user is None:
        if getattr(request, "axes_locked_out", False):
            raise Refusal(
                "too_many_tries",
                _("尝试次数过多，已暂时锁定。"),
                hint=_("请稍后再试，或请监考老师核对准考证。"),
                status=429,
            )
        raise Refusal(
            "ticket_wrong",
            _("准考证号或口令不正确。"),
            hint=_("口令是准考证上印的 8 位数字。"),
            status=401,
        )
    attempt = (
        Attempt.objects.select_related("registration__candidate__user", "registration__session")
        .filter(registration__ticket_no=ticket_no.strip())
        .first()
    )
    if attempt is None:
        raise Refusal(
            "attempt_not_prepared", _("您的考卷还没有准备好。"), hint=_("请联系监考老师。"), status=409
        )
    return attempt
