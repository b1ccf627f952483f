"""The candidate's way in: signing in with a ticket, and the page that says what to do next."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from axes.helpers import get_cool_off
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import allow, allow_public
from accounts.enums import Role
from accounts.errors import Refusal

from ..forms import TicketForm
from ..queries.own import database_clock, own_places

View = Callable[..., HttpResponseBase]
RESULTS_URL_NAMES = ("grading:my_results", "grading:own_results")
"""Where a candidate reads results; grading stands above this app, so only the names are known."""


def for_candidates(view: View) -> View:
    """Only candidates; whoever is not signed in is sent to the ticket sign-in, not to the staff's."""
    checked = allow(Role.CANDIDATE)(view)

    @wraps(checked)
    def entry(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            if request.method != "GET":
                raise Refusal(
                    "signed_out",
                    _("登录已过期。"),
                    hint=_("请用准考证重新登录；本机保存的答案不会丢失。"),
                    status=401,
                )
            query = urlencode({"next": request.get_full_path()})
            return redirect(f"{reverse('candidates:ticket_sign_in')}?{query}")
        return checked(request, *args, **kwargs)

    return entry


@allow_public
@never_cache
@sensitive_post_parameters("access_code")
@require_http_methods(["GET", "POST"])
def ticket_sign_in(request: HttpRequest) -> HttpResponse:
    """Ticket number and access code. Wrong ones are counted like any sign-in; `next` stays on the site."""
    form = TicketForm(request.POST or None)
    status, locked_minutes = 200, 0
    if request.method == "POST":
        status = 400
        if form.is_valid():
            user = authenticate(
                request,
                username=form.cleaned_data["ticket_no"],
                access_code=form.cleaned_data["access_code"],
            )
            if user is not None:
                login(request, user)
                return redirect(_next(request))
            if getattr(request, "axes_locked_out", False):
                request.axes_locked_out = False  # type: ignore[attr-defined]  # this page says it itself
                wait = get_cool_off(request)
                locked_minutes, status = max(1, round(wait.total_seconds() / 60)) if wait else 15, 429
            else:
                form.add_error(None, _("准考证号或口令不正确，请对照准考证再输一次。"))
    response = render(
        request,
        "candidates/sign_in.html",
        {"form": form, "next": _next(request), "locked_minutes": locked_minutes},
        status=status,
    )
    if locked_minutes:
        response["Retry-After"] = str(locked_minutes * 60)
    return response


@allow_public
@require_POST
def ticket_sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("candidates:ticket_sign_in")


@for_candidates
@never_cache
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The candidate's places and the next step of each; the page renews itself."""
    now = database_clock()
    places = own_places(request.user, now)  # type: ignore[arg-type]
    context = {"places": places, "now": now, "results_url": results_url()}
    return render(request, "candidates/home.html", context)


def results_url() -> str:
    for name in RESULTS_URL_NAMES:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""


def _next(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if allowed else reverse("candidates:home")


__all__ = ["for_candidates", "home", "results_url", "ticket_sign_in", "ticket_sign_out"]
