"""Addresses of the site; each app keeps its own in `<app>/urls.py`."""

from django.urls import include, path

from config import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("accounts.urls")),
    path("standards/", include("standards.urls")),
    path("", include("assessments.urls")),
    path("", include("candidates.urls")),
    path("", include("grading.urls")),
]
