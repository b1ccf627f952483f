"""Freezing forms: from then on a paper is immutable, and its public payload is what candidates get."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refusal
from accounts.models import User
from accounts.services import audit
from assessments import richtext
from assessments.kinds import get_kind

from ..enums import FormState, RevisionState
from ..models import Form, FormSlot

PAYLOAD_VERSION = 1


@transaction.atomic
def freeze_form(*, form: Form, actor: User) -> Form:
    """Make the form immutable. Freezing a frozen form changes nothing.

    Raises Refusal: form_empty, form_retired, form_unapproved (slots whose revision is not approved).
    """
    form = Form.objects.select_for_update().get(pk=form.pk)
    if form.state == FormState.FROZEN:
        return form
    if form.state == FormState.RETIRED:
        raise Refusal("form_retired", _("试卷已停用，不能冻结。"))
    slots = list(form.slots.select_related("revision__item", "section").order_by("position"))
    if not slots:
        raise Refusal("form_empty", _("试卷里还没有题目。"), hint=_("请先组卷。"))
    unapproved = [slot.revision.item.code for slot in slots if slot.revision.state != RevisionState.APPROVED]
    if unapproved:
        raise Refusal(
            "form_unapproved",
            _("有题目未经审定：%(codes)s") % {"codes": "、".join(unapproved[:10])},
            hint=_("请先审定这些题目，或换题。"),
            data={"items": unapproved},
        )
    payload = json.dumps(public_payload(form, slots), ensure_ascii=False, separators=(",", ":")).encode()
    form.public_payload = gzip.compress(payload, compresslevel=9, mtime=0)
    form.payload_sha256 = hashlib.sha256(form.public_payload).hexdigest()
    form.state = FormState.FROZEN
    form.frozen_by = actor
    form.frozen_at = timezone.now()
    form.save()
    audit.record(
        actor=actor,
        verb="form.freeze",
        target=form,
        data={"sha256": form.payload_sha256, "slots": len(slots)},
    )
    return form


def public_payload(form: Form, slots: list[FormSlot]) -> dict[str, Any]:
    """What a candidate's device may hold: no key, rationale, weight, requirement, item code or difficulty.

    `{"version", "form", "title", "minutes", "sections": [{"id", "title", "component", "shuffle",
    "slots": [{"slot", "kind", "label", "points", "stem", "content"}]}]}`
    """
    sections: dict[int, dict[str, Any]] = {}
    for slot in slots:
        kind = get_kind(slot.revision.item.kind)
        section = sections.setdefault(
            slot.section_id,
            {
                "id": slot.section_id,
                "title": slot.section.title,
                "component": slot.section.component,
                "shuffle": slot.section.shuffle,
                "slots": [],
            },
        )
        section["slots"].append(
            {
                "slot": slot.pk,
                "kind": kind.name,
                "label": str(kind.label),
                "points": f"{slot.points.normalize():f}",
                "stem": richtext.to_html(slot.revision.stem),
                "content": kind.public(slot.revision.content, seed=form.pk),
            }
        )
    return {
        "version": PAYLOAD_VERSION,
        "form": form.pk,
        "title": form.blueprint.title,
        "minutes": form.blueprint.minutes,
        "sections": list(sections.values()),
    }
