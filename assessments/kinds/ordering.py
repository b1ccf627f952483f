"""排序：entries to be put into the right order.

* ``exact``: the whole order right, or nothing.
* ``pairs``: of all pairs of entries, the share that stand in the right order relative to each other (concordant
  pairs, the proportion behind Kendall's tau). An entry left out is in no concordant pair.

In canonical form the listing and the ids follow from the texts alone, so that neither tells the order.
"""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations
from typing import Annotated, Literal

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
    Unscorable,
    duplicates,
    list_of,
    shuffled,
)
from assessments.kinds.matching import Entry, check_entries, text_rank

SCORINGS = {"pairs": gettext_lazy("按先后关系正确的比例给分"), "exact": gettext_lazy("顺序全对才得分")}


class Content(Strict, frozen=True):
    entries: Annotated[list[Entry], msgspec.Meta(max_length=10)]


class Key(Strict, frozen=True):
    order: list[Id]
    scoring: Literal["exact", "pairs"] = "pairs"


class Response(Strict, frozen=True):
    order: Annotated[list[Id], msgspec.Meta(max_length=10)] = []


class Ordering(Kind[Content, Key, Response]):
    name, label, position = "ordering", gettext_lazy("排序题"), 70
    content_type, key_type, response_type = Content, Key, Response

    def check(self, stem: str, content: Content, key: Key) -> list[Problem]:
        problems = check_entries("content.entries", content.entries, 3, 10)
        if sorted(key.order) != sorted(entry.id for entry in content.entries):
            problems.append(
                Problem(
                    "key.order",
                    "order_mismatch",
                    _("答案的顺序须恰好包含每一项一次"),
                    _("补上缺的编号，删去多的"),
                )
            )
        return problems

    def canonical(self, content: Content, key: Key) -> tuple[Content, Key]:
        if sorted(key.order) != sorted(entry.id for entry in content.entries) or duplicates(key.order):
            return content, key
        listed = sorted(content.entries, key=lambda entry: text_rank(entry.text))
        if len(listed) > 2 and [entry.id for entry in listed] == list(key.order):
            listed = listed[1:] + listed[:1]
        new = {entry.id: f"e{index}" for index, entry in enumerate(listed, 1)}
        entries = [Entry(id=new[entry.id], text=entry.text) for entry in listed]
        return Content(entries=entries), Key(order=[new[name] for name in key.order], scoring=key.scoring)

    def blank(self) -> Drafted:
        return Drafted({"entries": []}, {"order": [], "scoring": "pairs"}, {})

    def from_form(self, data: FormData) -> Drafted:
        texts = [text for text in list_of(data, "entry_text") if text]
        entries = [{"id": f"e{index}", "text": text} for index, text in enumerate(texts, 1)]
        key = {"order": [entry["id"] for entry in entries], "scoring": str(data.get("scoring", "pairs"))}
        return Drafted({"entries": entries}, key, {})

    def form_context(self, drafted: Drafted) -> Json:
        texts = {entry.get("id"): entry.get("text", "") for entry in drafted.content.get("entries") or []}
        order = [name for name in drafted.key.get("order") or [] if name in texts]
        rows = [{"text": texts[name]} for name in order + [name for name in texts if name not in order]]
        return {"rows": rows or [{}, {}, {}, {}], "scorings": SCORINGS, "scoring": drafted.key.get("scoring")}

    def public(self, content: Json, seed: int = 0) -> Json:
        texts = {entry.id: entry.text for entry in self.read_content(content).entries}
        order = shuffled(sorted(texts), seed)
        return {
            "entries": [{"id": name, "text": richtext.to_html(texts[name], inline=True)} for name in order]
        }

    def orderable(self, content: Json) -> list[str]:
        return [entry.id for entry in self.read_content(content).entries]

    def unfit(self, content: Content, response: Response) -> str:
        known = {entry.id for entry in content.entries}
        return "、".join([name for name in response.order if name not in known] + duplicates(response.order))

    def answered(self, response: Response) -> bool:
        return bool(response.order)

    def share(self, content: Content, key: Key, response: Response) -> tuple[Fraction, Json]:
        if len(key.order) < 2 or sorted(key.order) != sorted(entry.id for entry in content.entries):
            raise Unscorable("item_unreadable")
        if key.scoring == "exact":
            right = response.order == key.order
            return Fraction(int(right)), {"scoring": "exact", "right": right}
        place = {name: index for index, name in enumerate(response.order)}
        pairs = list(combinations(key.order, 2))
        hits = sum(1 for one, other in pairs if one in place and other in place and place[one] < place[other])
        return Fraction(hits, len(pairs)), {"scoring": "pairs", "right": hits, "of": len(pairs)}

    def key_response(self, content: Json, key: Json) -> Json:
        return {"order": list(self.read_key(key).order)}

    def random_response(self, content: Json, rng: random.Random) -> Json:
        order = self.orderable(content)
        rng.shuffle(order)
        return {"order": order}

    def words(self, content: Content, response: Response) -> str:
        texts = {entry.id: richtext.plain(entry.text) for entry in content.entries}
        return " → ".join(texts.get(name, "？") for name in response.order)

    def key_words(self, content: Content, key: Key) -> str:
        return self.words(content, Response(order=key.order)) + f"（{SCORINGS[key.scoring]!s}）"


KIND = Ordering()
