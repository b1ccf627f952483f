"""The certificate's PDF: one intent in, the same bytes out every time."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pylopdf_fonts_zh_cn
import pypdf
import segno
import typst

from grading.certificates.claims import CertificateIntent
from grading.certificates.errors import CertificateError
from grading.certificates.numbers import parse_number

TEMPLATE_VERSION = "2026-1"
_TEMPLATE = Path(__file__).parent / "template" / "certificate.typ"
_ORDINARY = re.compile(r"[ -~\u00b7\u4e00-\u9fa5\u3000-\u3029\uff08\uff09]+")
"""Characters that the fonts certainly have."""
_local = threading.local()


def _compiler() -> typst.Compiler:
    """One compiler a thread: fonts are read once, and compilers are not shared between threads."""
    compiler: typst.Compiler | None = getattr(_local, "compiler", None)
    if compiler is None:
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(pylopdf_fonts_zh_cn.serif_path().parent)],
        )
        compiler = typst.Compiler(str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=fonts)
        _local.compiler = compiler
    return compiler


def qr_svg(text: str) -> str:
    """A QR code (level M, quiet zone of two modules) as an SVG document."""
    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False).save(buffer, kind="svg", border=2, xmldecl=False, nl=False)
    return buffer.getvalue().decode()


def _long_date(iso: str) -> str:
    day = dt.date.fromisoformat(iso)
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def _occupation(standard: str) -> str:
    """``跨境电商出口 B2C 运营职业技能等级标准`` → ``跨境电商出口 B2C 运营``: the template says the rest."""
    return standard.strip().removesuffix("标准").removesuffix("职业技能等级").strip() or standard


def _seal_name(issuer: str) -> str:
    return issuer.split("（")[0].split("(")[0].strip()[:18]


def _template_data(intent: CertificateIntent) -> dict[str, Any]:
    claims = intent.claims
    parts = urlsplit(claims.verify_url)
    return {
        "claims": claims.as_json(),
        "profile": msgspec.to_builtins(intent.profile),
        "number_spaced": parse_number(claims.number).spaced,
        "passed_on": _long_date(claims.passed_on),
        "issued_on": _long_date(claims.issued_on),
        "issued_on_long": _long_date(claims.issued_on),
        "seal_name": _seal_name(claims.issuer),
        "occupation": _occupation(claims.standard),
        "edition": claims.edition if "版" in claims.edition else f"{claims.edition} 版",
        "qr": qr_svg(claims.verify_url),
        "verify_page": f"{parts.netloc}/verify/",
    }


def render(intent: CertificateIntent) -> bytes:
    """The unsigned A4 PDF of an intent, fonts embedded and subset; the same intent gives the same bytes."""
    if intent.claims.template != TEMPLATE_VERSION:
        raise CertificateError("render.template", f"没有版本为 {intent.claims.template} 的证书模板。")
    try:
        pdf = _compiler().compile(
            format="pdf",
            sys_inputs={"data": json.dumps(_template_data(intent), ensure_ascii=False)},
            timestamp=dt.datetime.fromtimestamp(intent.created_at, tz=dt.UTC),
        )
    except typst.TypstError as error:
        raise CertificateError("render.failed", f"证书排版失败：{error.message}") from error
    if not isinstance(pdf, bytes):
        raise CertificateError("render.failed", "证书排版没有得到文件。")
    if not _ORDINARY.fullmatch(intent.claims.holder):
        _require_glyphs(pdf, intent.claims.holder)
    return pdf


def _require_glyphs(pdf: bytes, holder: str) -> None:
    """A name with rare characters must really be on the page: a font without one prints an empty box."""
    text = "".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())
    if "".join(holder.split()) not in text:
        raise CertificateError("render.glyph", f"证书字体中缺少姓名“{holder}”中的字，不能排版，须人工处理。")


def png_pages(intent: CertificateIntent, *, ppi: float = 110) -> list[bytes]:
    """The pages as PNG pictures, for previews and for looking at them in tests."""
    pages = _compiler().compile(
        format="png",
        ppi=ppi,
        sys_inputs={"data": json.dumps(_template_data(intent), ensure_ascii=False)},
    )
    return pages if isinstance(pages, list) else [pages] if pages else []
