"""Schools (系统管理)."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ..access import allow
from ..enums import Role
from ..errors import Refusal
from ..forms import SchoolForm
from ..queries import people as queries
from ..services import schools

PAGE_SIZE = 50


@allow(Role.ADMIN)
@require_GET
def school_list(request: HttpRequest) -> HttpResponse:
    found = queries.schools(text=request.GET.get("q", "").strip())
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "accounts/school_list.html", {"page": page})


@allow(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def school_create(request: HttpRequest) -> HttpResponse:
    form = SchoolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            school = schools.create_school(
                actor=request.user, code=form.cleaned_data["code"], name=form.cleaned_data["name"]
            )
        except Refusal as refusal:
            form.add_error("code", f"{refusal.message}{refusal.hint}")
        else:
            messages.success(request, _("已登记 %(name)s。") % {"name": school})
            return redirect("accounts:school_list")
    return render(request, "accounts/school_form.html", {"form": form}, status=400 if form.errors else 200)


@allow(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def school_edit(request: HttpRequest, pk: int) -> HttpResponse:
    school = queries.school(pk)
    form = SchoolForm(request.POST or None, school=school)
    if request.method == "POST" and form.is_valid():
        schools.update_school(
            actor=request.user,
            school=school,
            name=form.cleaned_data["name"],
            is_active=form.cleaned_data["is_active"],
        )
        messages.success(request, _("已保存 %(name)s。") % {"name": form.cleaned_data["name"]})
        return redirect("accounts:school_list")
    context = {"form": form, "school": school}
    return render(request, "accounts/school_form.html", context, status=400 if form.errors else 200)
