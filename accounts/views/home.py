"""The first page after signing in, and the small choices of the frame: role, appearance, language."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ..access import allow_public, allow_signed_in, roles_of
from ..context import ACTIVE_ROLE_KEY, TEXT_SIZES, THEMES, active_role
from ..enums import Role
from ..errors import Forbidden
from ..home import cards_for

YEAR = 365 * 24 * 3600


@allow_signed_in
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for the user in the active role."""
    role = active_role(request)
    cards = cards_for(role, request.user)
    waiting = [card for card in cards if card.waits]
    return render(
        request,
        "accounts/home.html",
        {"role": role, "waiting": waiting, "rest": [card for card in cards if not card.waits]},
    )


@allow_signed_in
@require_POST
def switch_role(request: HttpRequest) -> HttpResponse:
    """Work in another of the roles one holds."""
    role = request.POST.get("role", "")
    if role not in roles_of(request.user):
        raise Forbidden("role_not_held", _("您没有这个角色。"), hint=_("请在右上角的角色列表中选择。"))
    request.session[ACTIVE_ROLE_KEY] = Role(role).value
    return redirect("accounts:home")


@allow_public
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Theme, text size and language, kept in cookies; the language also with the account."""
    response = HttpResponseRedirect(safe_next(request))
    theme, text, language = (request.POST.get(name, "") for name in ("theme", "text", "language"))
    if theme:
        _remember(response, "theme", theme if theme in THEMES else "")
    if text:
        _remember(response, "text", text if text in TEXT_SIZES else "")
    if language in dict(settings.LANGUAGES):
        _remember(response, settings.LANGUAGE_COOKIE_NAME, language)
        if request.user.is_authenticated and request.user.language != language:
            request.user.language = language
            request.user.save(update_fields=["language"])
    return response


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """The `next` address if it stays on this site, else the default."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if allowed else default


def _remember(response: HttpResponse, name: str, value: str) -> None:
    if value:
        response.set_cookie(
            name, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
        )
    else:
        response.delete_cookie(name, samesite="Lax")
