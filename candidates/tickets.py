"""Setting tickets with typst: registration data in, an A4 PDF out."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst
from django.conf import settings
from django.utils import timezone

from .models import Registration
from .rules import access_code

TEMPLATE = Path(__file__).parent / "printing" / "tickets.typ"
_local = threading.local()


def render_tickets(registrations: Sequence[Registration]) -> bytes:
    """One ticket for each registration (with candidate, school, session and exam loaded)."""
    data = json.dumps([_ticket(row) for row in registrations], ensure_ascii=False)
    pdf = _compiler().compile(format="pdf", sys_inputs={"data": data})
    assert isinstance(pdf, bytes)
    return pdf


def _ticket(row: Registration) -> dict[str, Any]:
    session, candidate = row.session, row.candidate
    starts = timezone.localtime(session.starts_at)
    return {
        "exam": session.exam.title,
        "name": candidate.name,
        "identity": candidate.id_masked,
        "school": candidate.school.name,
        "class_name": candidate.class_name,
        "ticket_no": row.ticket_no,
        "code": access_code(settings.SECRET_KEY, row.ticket_no),
        "session": session.name,
        "room": session.room,
        "seat": row.seat,
        "starts": f"{starts:%Y 年 %m 月 %d 日 %H:%M}",
        "minutes": session.minutes + row.extra_minutes,
        "late": session.late_minutes,
    }


def _compiler() -> typst.Compiler:
    """One compiler a thread: it keeps the fonts it has read."""
    compiler: typst.Compiler | None = getattr(_local, "compiler", None)
    if compiler is None:
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(pylopdf_fonts_zh_cn.serif_path().parent)],
        )
        compiler = typst.Compiler(str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=fonts)
        _local.compiler = compiler
    return compiler
