"""Request ids, and the caller's address behind reverse proxies."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

Handler = Callable[[HttpRequest], HttpResponseBase]
ACCEPTED_ID = re.compile(r"\A[A-Za-z0-9_.-]{8,64}\Z")
QUIET_PATHS = ("/static/", "/healthz", "/readyz")
log = structlog.get_logger("request")


class RequestIdMiddleware:
    """Gives each request an id: in `request.id`, in the answer's X-Request-ID and in every log line of it.

    A proxy's own id is taken over when it looks like one. The path is logged without its query, which may
    hold what someone typed into a filter.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if ACCEPTED_ID.match(given) else uuid.uuid4().hex
        request.id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            if response.status_code >= 500 or not request.path.startswith(QUIET_PATHS):
                log.info(
                    "request",
                    method=request.method,
                    path=request.path,
                    status=response.status_code,
                    ms=round((time.perf_counter() - began) * 1000, 1),
                )
            return response
        finally:
            structlog.contextvars.clear_contextvars()


class ForwardedForMiddleware:
    """Sets REMOTE_ADDR to the caller as the outermost trusted proxy saw it.

    With LIANGCAI_PROXY_HOPS=n the n-th address from the right of X-Forwarded-For is taken; what stands
    further left was written by the caller and is not believed.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        hops = settings.PROXY_HOPS
        if hops:
            chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
            if len(chain) >= hops:
                with contextlib.suppress(ValueError):
                    request.META["REMOTE_ADDR"] = str(ipaddress.ip_address(chain[-hops]))
        return self.get_response(request)
