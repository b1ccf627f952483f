"""The measure: a bare Django project with one view that runs the delivery's save statement and nothing else."""

from __future__ import annotations

import json
import os
from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

from config.environment import database_from_url

if not settings.configured:
    database: dict[str, Any] = database_from_url(os.environ["DATABASE_URL"])
    settings.configure(
        SECRET_KEY="bare",
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["127.0.0.1"],
        MIDDLEWARE=[],
        INSTALLED_APPS=[],
        USE_TZ=True,
        DATABASES={"default": {**database, "CONN_MAX_AGE": None}},
    )
    django.setup()

with open(os.path.join(os.path.dirname(__file__), "..", "candidates", "services", "save.sql")) as file:
    SAVE = file.read()


def save(request: HttpRequest) -> JsonResponse:
    from django.db import connection

    body = json.loads(request.body)
    with connection.cursor() as cursor:
        cursor.execute(SAVE, {**body, "entries": json.dumps(body["entries"])})
        row = cursor.fetchone()
    response = JsonResponse({"row": [str(value) for value in row]})
    response["Content-Length"] = str(len(response.content))
    return response


urlpatterns = [path("save", save)]
application = get_wsgi_application()
