"""匹配：each entry on the left belongs to one on the right; the right side may hold more than is used.

The share of left entries matched rightly is earned. In canonical form the right side stands in an order, and carries
ids, that follow from its texts alone, so that neither tells the pairs.
"""

from __future__ import annotations

import hashlib
import random
from fractions import Fraction
from typing import Annotated

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments import richtext
from assessments.kinds.base import (
    Drafted,
    FormData,
    Id,
    Json,
    Kind,
    Problem,
    Strict,
    Text,
    Unscorable,
    at,
    duplicates,
    list_of,
    shuffled,
)
from assessments.kinds.text import fold_text


class Entry(Strict, frozen=True):
    id: Id
    text: Text


class Content(Strict, frozen=True):
    left: Annotated[list[Entry], msgspec.Meta(max_length=10)]
    right: Annotated[list[Entry], msgspec.Meta(max_length=12)]


class Key(Strict, frozen=True):
    pairs: dict[Id, Id]


class Response(Strict, frozen=True):
    pairs: Annotated[dict[Id, Id], msgspec.Meta(max_length=10)] = {}


def check_entries(place: str, entries: list[Entry], low: int, high: int) -> list[Problem]:
    """Number of entries, and that ids and texts differ."""
    problems = []
    if not low <= len(entries) <= high:
        message = _("有 %(count)d 项，应为 %(low)d 至 %(high)d 项") % {
            "count": len(entries),
            "low": low,
            "high": high,
        }
        problems.append(Problem(place, "entry_count", message, _("增加或删去")))
    for twice in duplicates([entry.id for entry in entries]):
        problems.append(Problem(place, "entry_id_twice", _("编号 %s 重复") % twice, _("用不同的编号")))
    texts = [fold_text(richtext.plain(entry.text)) or richtext.plain(entry.text).strip() for entry in entries]
    for index, text in enumerate(texts):
        if not text:
            problems.append(
                Problem(f"{place}[{index}].text", "entry_empty", _("内容是空的"), _("写出内容或删去"))
            )
        elif text in texts[:index]:
            problems.append(
                Problem(f"{place}[{index}].text", "entry_same", _("与前面一项内容相同"), _("改写其中一项"))
            )
    return problems


def text_rank(text: str) -> str:
    """A sort key that follows from a text alone and looks arbitrary."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Matching(Kind[Content, Key, Response]):
    name, label, position = "matching", gettext_lazy("匹配题"), 60
    content_type, key_type, response_type = Content, Key, Response

    def check(self, stem: str, content: Content, key: Key) -> list[Problem]:
        problems = check_entries("content.left", content.left, 2, 10)
        problems += check_entries("content.right", content.right, 2, 12)
        left, right = {entry.id for entry in content.left}, {entry.id for entry in content.right}
        for entry in content.left:
            if entry.id not in key.pairs:
                message = _("左边“%s”没有对应项") % richtext.plain(entry.text)
                problems.append(
                    Problem(f"key.pairs.{entry.id}", "pair_missing", message, _("选定它的对应项"))
                )
        for one, other in key.pairs.items():
            if one not in left or other not in right:
                message = _("配对 %(one)s → %(other)s 指向不存在的项") % {"one": one, "other": other}
                problems.append(Problem(f"key.pairs.{one}", "pair_unknown", message, _("改成已有的编号")))
        if len(content.left) > 1 and len(set(key.pairs.values())) == 1:
            problems.append(
                Problem("key.pairs", "pair_same", _("左边各项都对应同一项"), _("增加不同的对应项"))
            )
        return problems

    def canonical(self, content: Content, key: Key) -> tuple[Content, Key]:
        right = sorted(content.right, key=lambda entry: text_rank(entry.text))
        new_left = {entry.id: f"l{index}" for index, entry in enumerate(content.left, 1)}
        new_right = {entry.id: f"r{index}" for index, entry in enumerate(right, 1)}
        if len(new_left) < len(content.left) or len(new_right) < len(right):
            return content, key
        if not set(key.pairs) <= set(new_left) or not set(key.pairs.values()) <= set(new_right):
            return content, key
        renumbered = Content(
            left=[Entry(id=new_left[entry.id], text=entry.text) for entry in content.left],
            right=[Entry(id=new_right[entry.id], text=entry.text) for entry in right],
        )
        pairs = {new_left[one]: new_right[other] for one, other in key.pairs.items()}
        return renumbered, Key(pairs=dict(sorted(pairs.items())))

    def blank(self) -> Drafted:
        return Drafted({"left": [], "right": []}, {"pairs": {}}, {})

    def from_form(self, data: FormData) -> Drafted:
        lefts, rights, extras = (list_of(data, name) for name in ("pair_left", "pair_right", "extra_right"))
        left: list[Json] = []
        right: list[Json] = []
        pairs: Json = {}
        by_text: dict[str, str] = {}

        def place(text: str) -> str:
            if text not in by_text:
                by_text[text] = f"r{len(right) + 1}"
                right.append({"id": by_text[text], "text": text})
            return by_text[text]

        for index in range(max(len(lefts), len(rights))):
            one, other = at(lefts, index), at(rights, index)
            if not one and not other:
                continue
            left.append({"id": f"l{len(left) + 1}", "text": one})
            if other:
                pairs[left[-1]["id"]] = place(other)
        for extra in extras:
            if extra:
                place(extra)
        return Drafted({"left": left, "right": right}, {"pairs": pairs}, {})

    def form_context(self, drafted: Drafted) -> Json:
        right = {entry.get("id"): entry.get("text", "") for entry in drafted.content.get("right") or []}
        pairs = drafted.key.get("pairs") or {}
        rows = [
            {
                "left": entry.get("text", ""),
                "right": right.get(pairs.get(entry.get("id")), ""),
                "place": f"content.left[{index}].text",
            }
            for index, entry in enumerate(drafted.content.get("left") or [])
        ]
        used = set(pairs.values())
        extras = [text for name, text in right.items() if name not in used]
        return {"rows": rows or [{}, {}, {}, {}], "extras": extras or [""]}

    def public(self, content: Json, seed: int = 0) -> Json:
        parsed = self.read_content(content)
        right = {entry.id: entry.text for entry in parsed.right}
        return {
            "left": [{"id": e.id, "text": richtext.to_html(e.text, inline=True)} for e in parsed.left],
            "right": [
                {"id": name, "text": richtext.to_html(right[name], inline=True)}
                for name in shuffled(sorted(right), seed)
            ],
        }

    def orderable(self, content: Json) -> list[str]:
        return [entry.id for entry in self.read_content(content).right]

    def unfit(self, content: Content, response: Response) -> str:
        left, right = {entry.id for entry in content.left}, {entry.id for entry in content.right}
        return "、".join(f"{a}→{b}" for a, b in response.pairs.items() if a not in left or b not in right)

    def answered(self, response: Response) -> bool:
        return bool(response.pairs)

    def share(self, content: Content, key: Key, response: Response) -> tuple[Fraction, Json]:
        if not content.left or any(entry.id not in key.pairs for entry in content.left):
            raise Unscorable("item_unreadable")
        parts = {entry.id: response.pairs.get(entry.id) == key.pairs[entry.id] for entry in content.left}
        hits = sum(parts.values())
        return Fraction(hits, len(parts)), {"parts": parts, "right": hits, "of": len(parts)}

    def key_response(self, content: Json, key: Json) -> Json:
        return {"pairs": dict(self.read_key(key).pairs)}

    def random_response(self, content: Json, rng: random.Random) -> Json:
        parsed = self.read_content(content)
        right = [entry.id for entry in parsed.right]
        return {"pairs": {entry.id: rng.choice(right) for entry in parsed.left}}

    def words(self, content: Content, response: Response) -> str:
        right = {entry.id: richtext.plain(entry.text) for entry in content.right}
        return "；".join(
            f"{richtext.plain(entry.text)} → {right.get(response.pairs.get(entry.id, ''), '—')}"
            for entry in content.left
        )

    def key_words(self, content: Content, key: Key) -> str:
        return self.words(content, Response(pairs=key.pairs))


KIND = Matching()
