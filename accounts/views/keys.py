"""API keys: an administrator's of all schools, an officer's of the own school."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ..access import allow
from ..enums import Role
from ..errors import Refusal
from ..forms import KeyForm
from ..queries import keys as queries
from ..services import keys

PAGE_SIZE = 50


@allow(Role.ADMIN, Role.OFFICER)
@require_GET
def key_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.keys_for(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "accounts/key_list.html", {"page": page, "now": timezone.now()})


@allow(Role.ADMIN, Role.OFFICER)
@never_cache
@require_http_methods(["GET", "POST"])
def key_create(request: HttpRequest) -> HttpResponse:
    """Make a key; the answer to the POST is the only page that ever shows it."""
    form = KeyForm(request.POST or None, schools=queries.schools_to_key(request.user))
    if request.method == "POST" and form.is_valid():
        try:
            made = keys.create_key(
                actor=request.user,
                school=form.cleaned_data["school"],
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at(),
            )
        except Refusal as refusal:
            form.add_error("expires_on" if refusal.code == "expired_already" else None, refusal.message)
        else:
            return render(request, "accounts/key_made.html", {"made": made})
    return render(request, "accounts/key_form.html", {"form": form}, status=400 if form.errors else 200)


@allow(Role.ADMIN, Role.OFFICER)
@never_cache
@require_POST
def key_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    key = queries.key_for(request.user, pk)
    made = keys.rotate_key(actor=request.user, key=key)
    return render(request, "accounts/key_made.html", {"made": made, "replaced": key})


@allow(Role.ADMIN, Role.OFFICER)
@require_POST
def key_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    key = keys.revoke_key(actor=request.user, key=queries.key_for(request.user, pk))
    messages.success(request, _("密钥“%(name)s”已撤销，立即失效。") % {"name": key.name})
    return redirect("accounts:key_list")
