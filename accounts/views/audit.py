"""The audit log (系统管理)."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ..access import allow
from ..enums import Role
from ..forms import AuditFilterForm
from ..queries import audit as queries

PAGE_SIZE = 100


@allow(Role.ADMIN)
@require_GET
def audit_log(request: HttpRequest) -> HttpResponse:
    """Entries newest first, with filters, and how the chain stands."""
    form = AuditFilterForm(request.GET)
    form.is_valid()
    chosen = form.cleaned_data
    found = queries.entries(
        text=chosen.get("q", "").strip(),
        verb=chosen.get("verb", ""),
        target_type=request.GET.get("type", ""),
        target_id=request.GET.get("id", ""),
        since=chosen.get("since"),
        until=chosen.get("until"),
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "nouns": queries.nouns(), "chain": queries.chain_status()}
    return render(request, "accounts/audit_log.html", context)
