"""The fast lane: delivery requests carry their own token and need no session, language or page machinery.

First in MIDDLEWARE. For paths below `/delivery/` it calls the view at once, turns refusals into the one
error format, and repeats a request once when its database connection turns out to be dead: every
delivery call is idempotent. Everything else goes on down the chain.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError, connection, connections
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import resolve
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.errors import NotFound, Refusal

from .wire import reply

PREFIX = "/delivery/"
RETRY_AFTER_SECONDS = "3"

log = structlog.get_logger(__name__)
Handler = Callable[[HttpRequest], HttpResponseBase]


class DeliveryLane:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request_id = uuid.uuid4().hex
        translation.deactivate()
        _skip_ping()
        try:
            response = self._answer(request)
        except Refusal as refusal:
            response = reply(refusal.as_dict(request_id), status=refusal.status)
        except Http404:
            missing = NotFound("unknown_address", _("没有这个地址。"), hint=_("请核对交付协议文档。"))
            response = reply(missing.as_dict(request_id), status=404)
        except (OperationalError, InterfaceError) as error:
            log.error("delivery.database_unavailable", request_id=request_id, error=str(error))
            unavailable = Refusal(
                "unavailable",
                _("服务器暂时不可用。"),
                hint=_("答案保存在本机，稍后自动上传。"),
                status=503,
            )
            response = reply(unavailable.as_dict(request_id), status=503)
            response["Retry-After"] = RETRY_AFTER_SECONDS
        except Exception:
            log.exception("delivery.failed", request_id=request_id, path=request.path_info)
            failure = Refusal(
                "server_error", _("服务器出错，答案仍保存在本机。"), hint=_("稍后会自动重试。"), status=500
            )
            response = reply(failure.as_dict(request_id), status=500)
        response["X-Request-ID"] = request_id
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        match = resolve(request.path_info, urlconf="candidates.delivery_urls")
        try:
            return match.func(request, *match.args, **match.kwargs)  # type: ignore[no-any-return]
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise
            connection.close()
            return match.func(request, *match.args, **match.kwargs)  # type: ignore[no-any-return]


def _skip_ping() -> None:
    """No ping before each statement: a dead connection is noticed by the statement itself and retried."""
    connections["default"].health_check_done = True  # type: ignore[attr-defined]
