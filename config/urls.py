"""Addresses of the site; each app keeps its own in `<app>/urls.py`."""

from django.urls import include, path

from candidates.api import api_urlpatterns as candidates_api
from config import health
from standards.api import api_urlpatterns as standards_api

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("accounts.urls")),
    path("standards/", include("standards.urls")),
    path("", include("assessments.urls")),
    path("", include("candidates.urls")),
    path("", include("grading.urls")),
    path("api/v1/", include([*standards_api, *candidates_api])),
]

handler400 = "accounts.refusals.bad_request"
handler403 = "accounts.refusals.permission_denied"
handler404 = "accounts.refusals.not_found"
handler500 = "accounts.refusals.server_error"
