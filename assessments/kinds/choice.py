"""What the two choice kinds share: their content, its rules and its form."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from django.utils.translation import gettext as _

from assessments import richtext
from assessments.kinds.base import FormData, Id, Json, Problem, Strict, Text, at, duplicates, list_of
from assessments.kinds.text import fold_text

LETTERS = "ABCDEFGHIJ"


class Option(Strict, frozen=True):
    id: Id
    text: Text


class ChoiceContent(Strict, frozen=True):
    options: Annotated[list[Option], msgspec.Meta(max_length=10)]


def check_options(content: ChoiceContent, low: int, high: int) -> list[Problem]:
    """Number of options, their ids, and that each says something of its own."""
    problems = []
    count = len(content.options)
    if not low <= count <= high:
        message = _("选项有 %(count)d 个，应为 %(low)d 至 %(high)d 个") % {
            "count": count,
            "low": low,
            "high": high,
        }
        problems.append(Problem("content.options", "option_count", message, _("增加或删去选项")))
    for twice in duplicates([option.id for option in content.options]):
        problems.append(
            Problem(
                "content.options", "option_id_twice", _("选项编号 %s 重复") % twice, _("每个选项用不同的编号")
            )
        )
    folded = [
        fold_text(richtext.plain(option.text), fold_case=False) or richtext.plain(option.text).strip()
        for option in content.options
    ]
    for index, text in enumerate(folded):
        place = f"content.options[{index}].text"
        if not text and "<img" not in content.options[index].text:
            problems.append(
                Problem(
                    place,
                    "option_empty",
                    _("选项 %s 是空的") % content.options[index].id,
                    _("写出内容或删去"),
                )
            )
        elif text and text in folded[:index]:
            first = content.options[folded.index(text)].id
            message = _("选项 %(one)s 与 %(two)s 内容相同") % {"one": content.options[index].id, "two": first}
            problems.append(Problem(place, "option_same", message, _("改写其中一个")))
        if lost := richtext.lost_tags(content.options[index].text):
            problems.append(
                Problem(
                    place, "option_html", _("选项里有不允许的标记：%s") % "、".join(lost), _("删去这些标记")
                )
            )
    return problems


def public_options(content: ChoiceContent) -> Json:
    return {"options": [{"id": o.id, "text": richtext.to_html(o.text, inline=True)} for o in content.options]}


def option_words(content: ChoiceContent, ids: list[str]) -> str:
    """Chosen options in words: ``A. 文字；C. 文字``."""
    texts = {option.id: richtext.plain(option.text) for option in content.options}
    return "；".join(f"{chosen}. {texts.get(chosen, '？')}" for chosen in ids) or _("未作答")


def options_from_form(data: FormData) -> tuple[list[Json], dict[str, str], dict[str, str]]:
    """Options, rationale by id, and ids by the form's row tokens.

    Rows are lettered by their place; a row with neither text nor rationale is dropped.
    """
    rows = list_of(data, "option_row")
    texts, reasons = list_of(data, "option_text"), list_of(data, "option_rationale")
    options: list[Json] = []
    rationale: dict[str, str] = {}
    ids: dict[str, str] = {}
    for index, row in enumerate(rows[: len(LETTERS)]):
        text, reason = at(texts, index), at(reasons, index)
        if not text and not reason:
            continue
        letter = LETTERS[len(options)]
        ids[row] = letter
        options.append({"id": letter, "text": text})
        if reason:
            rationale[letter] = reason
    return options, rationale, ids


def option_rows(content: Json, rationale: dict[str, str], right: list[Any]) -> list[Json]:
    """Editor rows for a draft's options, however incomplete it is."""
    options = content.get("options") if isinstance(content, dict) else None
    rows = []
    for index, option in enumerate(options if isinstance(options, list) else []):
        if not isinstance(option, dict):
            continue
        rows.append(
            {
                "row": str(index),
                "letter": option.get("id", ""),
                "text": option.get("text", ""),
                "rationale": rationale.get(option.get("id", ""), ""),
                "right": option.get("id") in right,
                "place": f"content.options[{index}].text",
            }
        )
    return rows
