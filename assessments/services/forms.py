"""Writing forms: swapping items, freezing, retiring.

From freezing on a paper is immutable, and its public payload is what candidates get. Lock order: form, then slots.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refusal
from accounts.models import User
from accounts.services import audit
from assessments import richtext
from assessments.kinds import get_kind

from ..enums import ExamState, FormState, ItemState, RevisionState
from ..models import BlueprintRow, Exam, Form, FormSlot, Item
from ..queries.forms import replacements

PAYLOAD_VERSION = 1


@transaction.atomic
def freeze_form(*, form: Form, actor: User) -> Form:
    """Make the form immutable. Freezing a frozen form changes nothing.

    Raises Refusal: form_empty, form_retired, form_unapproved (slots whose revision is not approved),
    form_withdrawn (items suspended or retired since), form_incomplete (rows short of or over their count).
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
    _check_rows(form, slots)
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


@transaction.atomic
def swap_item(*, actor: User, slot: FormSlot, item: Item) -> FormSlot:
    """Put another item into a slot of a draft form.

    Raises Refusal: form_closed, swap_unfit (the item does not fit the row or is not live), swap_breaks (with
    ``data.breaks``). Swapping an item for itself changes nothing.
    """
    form = Form.objects.select_for_update().get(pk=slot.form_id)
    slot = (
        FormSlot.objects.select_for_update(of=("self",))
        .select_related("form__blueprint__level", "form__run", "row__section", "section", "revision__item")
        .get(pk=slot.pk)
    )
    if form.state != FormState.DRAFT:
        raise Refusal("form_closed", _("试卷已冻结或停用，不能换题。"), hint=_("需要改动时请重新组卷。"))
    if slot.revision.item_id == item.pk:
        return slot
    found = next((one for one in replacements(slot, limit=10_000) if one.item.pk == item.pk), None)
    if found is None:
        raise Refusal(
            "swap_unfit",
            _("%s 不符合这一行的要求，或已不在用。") % item.code,
            hint=_("从列出的可换题目里选。"),
        )
    if not found.legal:
        raise Refusal(
            "swap_breaks",
            _("不能换成 %(code)s：%(why)s。") % {"code": item.code, "why": "；".join(found.breaks)},
            hint=_("选一道没有标出冲突的题。"),
            data={"breaks": list(found.breaks)},
        )
    before = slot.revision.item.code
    assert found.item.current is not None  # the database keeps it so for live items
    slot.revision = found.item.current
    slot.save(update_fields=["revision"])
    audit.record(
        actor=actor,
        verb="form.swap",
        target=form,
        data={"slot": slot.pk, "position": slot.position, "from": before, "to": item.code},
    )
    return slot


@transaction.atomic
def retire_form(*, actor: User, form: Form) -> Form:
    """Take a form out of use. Raises Refusal (``form_in_use``) while an exam that is not over holds it."""
    form = Form.objects.select_for_update().get(pk=form.pk)
    if form.state == FormState.RETIRED:
        return form
    exams = Exam.objects.filter(forms=form).exclude(state=ExamState.CLOSED)
    if title := exams.values_list("title", flat=True).first():
        raise Refusal("form_in_use", _("考试“%s”正在使用这份试卷。") % title, hint=_("考试结束后再停用。"))
    form.state = FormState.RETIRED
    form.save(update_fields=["state"])
    audit.record(actor=actor, verb="form.retire", target=form)
    return form


def _check_rows(form: Form, slots: list[FormSlot]) -> None:
    """A paper must hold what its blueprint says, of items that are still in use."""
    gone = [slot.revision.item.code for slot in slots if slot.revision.item.state != ItemState.LIVE]
    if gone:
        raise Refusal(
            "form_withdrawn",
            _("有题目已停用或退役：%(codes)s") % {"codes": "、".join(gone[:10])},
            hint=_("请换掉这些题目再冻结。"),
            data={"items": gone},
        )
    held = Counter(slot.row_id for slot in slots)
    rows = BlueprintRow.objects.filter(section__blueprint_id=form.blueprint_id).order_by(
        "section__position", "position"
    )
    wrong = [
        _("第 %(row)d 行要 %(count)d 题，卷上 %(held)d 题")
        % {"row": number, "count": row.count, "held": held[row.pk]}
        for number, row in enumerate(rows, start=1)
        if held[row.pk] != row.count
    ]
    if wrong:
        raise Refusal(
            "form_incomplete",
            _("试卷与细目表不符：%s") % "；".join(wrong[:5]),
            hint=_("请重新组卷。"),
            data={"rows": wrong},
        )
