"""Accounts and their roles (系统管理)."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ..access import allow
from ..enums import Role
from ..errors import Refusal
from ..forms import UserForm
from ..models import School
from ..queries import people as queries
from ..services import people

PAGE_SIZE = 50


@allow(Role.ADMIN)
@require_GET
def user_list(request: HttpRequest) -> HttpResponse:
    filters = {name: request.GET.get(name, "") for name in ("role", "school", "active", "sort")}
    found = queries.users(text=request.GET.get("q", "").strip(), **filters)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    schools = School.objects.values_list("code", "name")
    context = {"page": page, "roles": Role.choices, "schools": schools, "filters": filters}
    return render(request, "accounts/user_list.html", context)


@allow(Role.ADMIN)
@never_cache
@require_http_methods(["GET", "POST"])
def user_create(request: HttpRequest) -> HttpResponse:
    """Make an account; its first password is made up and shown once."""
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password = make_password()
        try:
            user = people.create_user(
                actor=request.user,
                username=form.cleaned_data["username"],
                display_name=form.cleaned_data["display_name"],
                email=form.cleaned_data["email"],
                password=password,
                grants=form.grants(),
            )
        except Refusal as refusal:
            form.add_error("username", f"{refusal.message}{refusal.hint}")
        else:
            return render(
                request, "accounts/user_password.html", {"person": user, "password": password, "new": True}
            )
    return render(request, "accounts/user_form.html", {"form": form}, status=400 if form.errors else 200)


@allow(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def user_edit(request: HttpRequest, pk: int) -> HttpResponse:
    person = queries.user(pk)
    form = UserForm(request.POST or None, user=person)
    if request.method == "POST" and form.is_valid():
        try:
            changed = people.update_user(
                actor=request.user,
                user=person,
                display_name=form.cleaned_data["display_name"],
                email=form.cleaned_data["email"],
                is_active=form.cleaned_data["is_active"],
                grants=form.grants(),
            )
        except Refusal as refusal:
            form.add_error(None, f"{refusal.message}{refusal.hint}")
        else:
            messages.success(request, _("已保存 %(name)s 的账号。") % {"name": changed})
            return redirect("accounts:user_list")
    context = {"form": form, "person": person}
    return render(request, "accounts/user_form.html", context, status=400 if form.errors else 200)


@allow(Role.ADMIN)
@never_cache
@require_POST
def user_reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an account a made-up password, shown once; its sessions end."""
    person = queries.user(pk)
    password = make_password()
    people.reset_password(actor=request.user, user=person, password=password)
    return render(request, "accounts/user_password.html", {"person": person, "password": password})


def make_password() -> str:
    """Sixteen characters in groups, without those that look alike (about 79 bits)."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _place in range(4)) for _group in range(4))
