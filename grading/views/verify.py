"""Public verification: by number, by QR code, by file. No account, nothing said that is not certain."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import allow_public

from ..certificates.envelope import MAX_BYTES
from ..queries.verification import Answer, Status, answer_for_file, answer_for_number
from ..services.certificates import issuer
from ..services.keys import keyring


@allow_public
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Ask by number (GET) or by file (POST)."""
    if request.method == "POST":
        return _page(request, _answer_upload(request))
    number = str(request.GET.get("number", "")).strip()
    if number:
        return redirect("grading:verify_number", "".join(number.split()).replace("/", "")[:64] or "-")
    return _page(request, None)


def _answer_upload(request: HttpRequest) -> Answer:
    upload = request.FILES.get("file")
    if upload is None:
        return Answer(Status.UNKNOWN, _("没有收到文件。"), _("请选择证书的 PDF 原件后再上传。"))
    if (upload.size or 0) > MAX_BYTES:
        return Answer(Status.INVALID, _("文件无效：文件过大，不是本平台的证书。"))
    return answer_for_file(upload.read(), keyring())


@allow_public
@require_GET
def verify_number(request: HttpRequest, number: str) -> HttpResponse:
    """What is on record under a number."""
    answer = answer_for_number(number, keyring(), code=str(request.GET.get("c", ""))[:16])
    return _page(request, answer, typed=number)


def _page(request: HttpRequest, answer: Answer | None, *, typed: str = "") -> HttpResponse:
    tones = {
        Status.VALID: ("success", "check-circle"),
        Status.REVOKED: ("danger", "ban"),
        Status.SUPERSEDED: ("warn", "swap"),
        Status.UNKNOWN: ("neutral", "question"),
        Status.INVALID: ("danger", "x-circle"),
    }
    tone, icon = tones[answer.status] if answer else ("", "")
    context = {
        "answer": answer,
        "tone": tone,
        "icon_name": icon,
        "typed": (answer.number if answer and answer.number else typed)[:64],
        "issuer": issuer(),
    }
    response = render(request, "grading/verify.html", context)
    response["Cache-Control"] = "no-store"
    return response


@allow_public
@require_GET
def verify_keys(_request: HttpRequest) -> HttpResponse:
    """The public keys, to check certificates without this site."""
    response = JsonResponse(
        keyring().as_json(issuer=issuer()), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    response["Content-Disposition"] = 'attachment; filename="keys.json"'
    response["Access-Control-Allow-Origin"] = "*"
    return response
