"""The API's errors in the one form of the site: `{"error": {code, message, hint, data, request_id}}`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

from .errors import Forbidden, Invalid, NotFound, Refusal

HINTS = {
    "not_authenticated": gettext_lazy("在请求头写 Authorization: Bearer <密钥>。"),
    "authentication_failed": gettext_lazy("请核对密钥；已撤销或过期的密钥请在“接口密钥”页面更换。"),
    "permission_denied": gettext_lazy("请在“接口密钥”页面为密钥加上所需的权限范围。"),
    "throttled": gettext_lazy("请按 Retry-After 所示秒数等待后重试。"),
}


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER. None leaves the exception to the 500 handler."""
    request = context.get("request")
    request_id = str(getattr(getattr(request, "_request", request), "id", ""))
    headers: dict[str, str] = {}
    refusal = _as_refusal(exception)
    if refusal is None:
        reply = drf_handler(exception, context)
        if reply is None:
            return None
        names = ("WWW-Authenticate", "Retry-After", "Allow")
        headers = {name: reply[name] for name in names if reply.has_header(name)}
        refusal = _from_drf(exception, reply.status_code)
    return Response(refusal.as_dict(request_id), status=refusal.status, headers=headers)


def _as_refusal(exception: Exception) -> Refusal | None:
    match exception:
        case Refusal():
            return exception
        case Http404():
            return NotFound("not_found", _("没有这个对象，或者它不属于您的院校。"))
        case PermissionDenied():
            return Forbidden("permission_denied", _("没有权限。"), hint=str(HINTS["permission_denied"]))
        case SuspiciousOperation():
            return Invalid("bad_request", _("请求无法识别。"))
        case exceptions.ValidationError():
            message, hint = _("请求中有不合要求的内容。"), _("请按 data.fields 逐项改正。")
            return Invalid("invalid", message, hint=hint, data={"fields": exception.detail})
    return None


def _from_drf(exception: Exception, status: int) -> Refusal:
    codes = exception.get_codes() if isinstance(exception, exceptions.APIException) else "error"
    code = codes if isinstance(codes, str) else "error"
    detail = str(getattr(exception, "detail", exception))
    return Refusal(code, detail, hint=str(HINTS.get(code, "")), status=status)
