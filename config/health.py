"""Health: /healthz says that the process answers, /readyz whether it can serve."""

from __future__ import annotations

import structlog
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from accounts.access import allow_public

log = structlog.get_logger(__name__)
_migrated = False


@allow_public
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@allow_public
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when requests can be served, 503 otherwise.

    The database and its migrations decide. A missing Redis is named and leaves the site ready: answers are
    still saved and the sweepers find the work later.
    """
    parts = {"database": _database(), "migrations": "unknown", "redis": _redis()}
    if parts["database"] == "ok":
        parts["migrations"] = _migrations()
    ready = parts["database"] == "ok" and parts["migrations"] == "ok"
    state = "ready" if ready and parts["redis"] == "ok" else "degraded" if ready else "unavailable"
    response = JsonResponse({"state": state, "parts": parts}, status=200 if ready else 503)
    if not ready:
        response["Retry-After"] = "5"
    return response


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "ok"
    except DatabaseError:
        log.exception("readiness: the database does not answer")
        return "unreachable"


def _migrations() -> str:
    """Asked until they are complete; a running process can't become unmigrated."""
    global _migrated
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return "unknown"
    return "ok" if _migrated else "pending"


def _redis() -> str:
    try:
        cache.get("readyz")
        return "ok"
    except Exception:  # the client's and the socket's errors share no base class
        log.warning("readiness: Redis does not answer")
        return "unreachable"
