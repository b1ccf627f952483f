"""Reading the item editor's form, and what its templates show.

The editor keeps incomplete drafts, so reading never fails on what an author may type: figures that cannot be read are
told as problems at their field and replaced by the figure that was there.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any

from django import forms
from django.db.models import F
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from standards.models import Edition, Requirement

from ..enums import Cognitive
from ..kinds import get_kind, kind_choices
from ..kinds.base import Drafted, Problem
from ..models import ItemRevision
from ..services.items import ItemText

QUARTER = Decimal("0.0001")


class NewItemForm(forms.Form):
    """What a new item starts with: its edition, kind and first requirement."""

    edition = forms.ModelChoiceField(Edition.objects.none(), label=gettext_lazy("标准"))
    kind = forms.ChoiceField(label=gettext_lazy("题型"), widget=forms.RadioSelect, choices=kind_choices)
    requirement = forms.ModelChoiceField(
        Requirement.objects.none(),
        label=gettext_lazy("职业技能要求"),
        required=False,
        empty_label=gettext_lazy("稍后再选"),
        help_text=gettext_lazy("题号按它来编，例如 J-1.1.1-04。"),
    )

    def __init__(self, *args: Any, editions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        editions = editions.order_by(F("published_at").desc(nulls_last=True), "-pk")
        self.fields["edition"].queryset = editions  # type: ignore[attr-defined]
        self.fields["edition"].empty_label = None  # type: ignore[attr-defined]
        requirements = Requirement.objects.filter(task__domain__level__edition__in=editions)
        requirements = (
            requirements.select_related("task__domain__level__edition")
            .defer("task__domain__level__edition__source_text", "task__domain__level__edition__ledger")
            .order_by(
                F("task__domain__level__edition__published_at").desc(nulls_last=True),
                "-task__domain__level__edition_id",
                "task__domain__level__number",
                "task__domain__position",
                "task__position",
                "position",
            )
        )
        self.fields["requirement"].queryset = requirements  # type: ignore[attr-defined]
        several = len(editions) > 1
        self.fields["requirement"].label_from_instance = (  # type: ignore[attr-defined]
            edition_requirement_label if several else requirement_label
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        requirement, edition = cleaned.get("requirement"), cleaned.get("edition")
        if requirement and edition and requirement.task.domain.level.edition_id != edition.pk:
            self.add_error("requirement", _("这条要求不属于所选的标准"))
        return cleaned


def requirement_label(requirement: Requirement) -> str:
    """A requirement on one line of a select box."""
    text = f"{requirement.task.domain.level.name} {requirement.code} {requirement.text}"
    return text if len(text) <= 60 else f"{text[:59]}…"


def edition_requirement_label(requirement: Requirement) -> str:
    """The same where several editions are offered at once: it says which one it is of."""
    return f"{requirement_label(requirement)}（{requirement.task.domain.level.edition.label}）"


@dataclass
class ReadForm:
    """The text a posted form stands for, and what in it could not be read."""

    text: ItemText
    problems: list[Problem]


def read_item_form(data: QueryDict, revision: ItemRevision) -> ReadForm:
    """The editor's form as an :class:`ItemText`."""
    problems: list[Problem] = []
    drafted = get_kind(revision.item.kind).from_form(data)
    difficulty = _decimal(data.get("difficulty", ""))
    if difficulty is None or not 0 < difficulty < 1:
        message, mend = _("难度应在 0 与 1 之间"), _("写预计的得分率，如 0.65")
        problems.append(Problem("difficulty", "difficulty_range", message, mend))
        difficulty = revision.difficulty
    cognitive = str(data.get("cognitive", ""))
    links, wrong = _links(data)
    text = ItemText(
        stem=str(data.get("stem", "")).replace("\r\n", "\n").strip(),
        content=drafted.content,
        key=drafted.key,
        rationale=str(data.get("rationale", "")).replace("\r\n", "\n").strip(),
        option_rationale=drafted.option_rationale,
        cognitive=cognitive if cognitive in Cognitive.values else revision.cognitive,
        difficulty=difficulty.quantize(Decimal("0.01")),
        requirements=links,
    )
    return ReadForm(text, problems + wrong)


def _links(data: QueryDict) -> tuple[list[tuple[int, Decimal]], list[Problem]]:
    """The ticked requirements with their weights; equal weights where none are written."""
    chosen = [
        int(pk) for pk in data.getlist("requirement") if pk.isascii() and pk.isdigit() and len(pk) < 12
    ][:8]
    chosen = list(dict.fromkeys(chosen))
    typed = [_decimal(data.get(f"weight_{pk}", "")) for pk in chosen]
    if (
        chosen
        and all(weight is not None and 0 < weight <= 1 for weight in typed)
        and sum(w for w in typed if w) == 1
    ):
        return [(pk, weight) for pk, weight in zip(chosen, typed, strict=True) if weight], []
    problems = []
    if len(chosen) > 1 and any(weight is not None for weight in typed):
        message, mend = _("权重之和应为 1，已按相等的权重处理"), _("改成和为 1 的小数，或全部留空")
        problems.append(Problem("requirements", "weight_sum", message, mend))
    return equal_weights(chosen), problems


def equal_weights(chosen: list[int]) -> list[tuple[int, Decimal]]:
    """Weights that are equal up to what four decimals leave over, and sum to exactly one."""
    if not chosen:
        return []
    share = (Decimal(1) / len(chosen)).quantize(QUARTER, rounding=ROUND_DOWN)
    first = Decimal(1) - share * (len(chosen) - 1)
    return [(pk, first if index == 0 else share) for index, pk in enumerate(chosen)]


def _decimal(typed: Any) -> Decimal | None:
    try:
        value = Decimal(str(typed).strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < 1000 else None


def editor_context(revision: ItemRevision) -> dict[str, Any]:
    """What the editor's templates show of a draft."""
    kind = get_kind(revision.item.kind)
    drafted = Drafted(revision.content, revision.key, revision.option_rationale)
    return {
        "kind": kind,
        "part": kind.form_context(drafted),
        "part_template": f"assessments/items/kinds/{kind.name}.html",
        "cognitive_choices": Cognitive.choices,
        "chosen": {link.requirement_id: link.weight.normalize() for link in revision.requirement_links.all()},
    }
