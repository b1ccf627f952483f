"""The receipt of what was handed in, to read again and to print."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from ..queries.own import own_attempt, receipt_of
from .home import for_candidates, results_url


@for_candidates
@never_cache
@require_GET
def receipt(request: HttpRequest, attempt: int) -> HttpResponse:
    own = own_attempt(request.user, attempt)  # type: ignore[arg-type]
    context = {"attempt": own, "receipt": receipt_of(own), "results_url": results_url()}
    return render(request, "candidates/receipt.html", context)


__all__ = ["receipt"]
