"""What delivery must know of a frozen form. Frozen forms never change, so a process reads each once."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from accounts.errors import NotFound
from assessments.enums import FormState
from assessments.models import Form, FormSlot

PRACTICAL = "practical"
"""The kind whose slots take commands instead of answers."""


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """The public side of one slot; no key is kept in the web process."""

    slot: int
    kind: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FormPlan:
    form: int
    sha256: str
    payload: bytes
    """gzip-compressed JSON, as frozen"""
    sections: list[dict[str, Any]]
    slots: dict[int, SlotPlan]


@lru_cache(maxsize=64)
def plan_of(form_id: int) -> FormPlan:
    """Raises NotFound where the form is not frozen."""
    form = Form.objects.filter(pk=form_id).exclude(state=FormState.DRAFT).first()
    if form is None or form.public_payload is None:
        raise NotFound("form_unknown", "没有这份试卷，或它尚未冻结。")
    rows = FormSlot.objects.filter(form=form).values_list("pk", "revision__item__kind", "revision__content")
    payload = bytes(form.public_payload)
    return FormPlan(
        form=form_id,
        sha256=form.payload_sha256,
        payload=payload,
        sections=json.loads(gzip.decompress(payload))["sections"],
        slots={pk: SlotPlan(pk, kind, content) for pk, kind, content in rows},
    )
