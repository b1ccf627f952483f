"""How refusals and errors reach people and programs: one page, one JSON form.

`RefusalMiddleware` turns a `Refusal` raised by a view into an answer, and a database that is away into 503
with Retry-After. The handlers of `config.urls` (handler400 to handler500) and the CSRF failure view use the
same two forms, so that no error of ours ever looks like the framework's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from .errors import Forbidden, Invalid, NotFound, Refusal

log = structlog.get_logger("refusal")
RETRY_AFTER_SECONDS = 3
JSON_PATHS = ("/api/",)


class RefusalMiddleware:
    """Renders refusals raised by views. Place it last, nearest to the views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal):
            log.info("refused", code=exception.code, status=exception.status)
            return answer(request, exception)
        if isinstance(exception, OperationalError | InterfaceError):
            log.exception("database away")
            return _unavailable(request)
        return None


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program: an API path, a JSON body, or JSON preferred to HTML."""
    if request.path_info.startswith(JSON_PATHS) or request.content_type == "application/json":
        return True
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def answer(request: HttpRequest, refusal: Refusal, *, plain: bool = False) -> HttpResponse:
    """The refusal as JSON for programs, as a page for people; `plain` needs no session, user or database."""
    request_id = str(getattr(request, "id", ""))
    if wants_json(request):
        return JsonResponse(
            refusal.as_dict(request_id), status=refusal.status, json_dumps_params={"ensure_ascii": False}
        )
    context = {"refusal": refusal, "status": refusal.status, "request_id": request_id}
    html = render_to_string("errors/refusal.html", context, None if plain else request)
    return HttpResponse(html, status=refusal.status)


# ---------------------------------------------------------------- handlers named in config


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    refusal = Invalid(
        "bad_request",
        _("浏览器发来的内容无法识别。"),
        hint=_("请返回上一页重试；上传的文件请检查大小与格式。"),
    )
    return answer(request, refusal, plain=True)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    refusal = Forbidden(
        "forbidden",
        _("您没有打开此页面的权限。"),
        hint=_("请用有相应角色的账号登录，或请系统管理员授权。"),
    )
    return answer(request, refusal)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    refusal = NotFound(
        "not_found",
        _("没有这个页面，或者它不在您的权限范围内。"),
        hint=_("请检查地址是否完整，或从首页重新进入。"),
    )
    return answer(request, refusal)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token was missing or stale: mostly a page left open over night."""
    log.info("csrf refused", reason=reason)
    refusal = Forbidden(
        "csrf_failed",
        _("页面放置太久，提交没有被接受。"),
        hint=_("请返回上一页并刷新，然后重新提交；浏览器须允许本站的 Cookie。"),
    )
    return answer(request, refusal, plain=True)


def server_error(request: HttpRequest) -> HttpResponse:
    """The last word: needs no database, and is written by hand should even the template fail."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return _unavailable(request)
    refusal = Refusal(
        "server_error",
        _("系统出了问题，这次操作没有完成。"),
        hint=_("已经记录下来。请稍后重试；若仍不行，请把下面的请求编号告诉系统管理员。"),
        status=500,
    )
    return _last_word(request, refusal)


def _unavailable(request: HttpRequest) -> HttpResponse:
    refusal = Refusal(
        "unavailable",
        _("系统正忙或正在恢复，请稍候几秒再试。"),
        hint=_("正在考试的答案保存在本机，恢复后会自动上传，请不要关闭页面。"),
        status=503,
    )
    response = _last_word(request, refusal)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _last_word(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    try:
        return answer(request, refusal, plain=True)
    except Exception:
        log.exception("error page failed")
        text = f"{refusal.message} {refusal.hint}\n{getattr(request, 'id', '')}\n"
        return HttpResponse(text, status=refusal.status, content_type="text/plain; charset=utf-8")
