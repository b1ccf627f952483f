"""多选：at least two right options among four to six, scored in one of three ways.

* ``all_or_nothing``: exactly the right options, or nothing.
* ``partial``: a wrong option chosen earns nothing; otherwise the share of right options found.
* ``penalty``: (right chosen - wrong chosen) / right, never below nothing.
"""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Annotated, Literal

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.kinds.base import Drafted, FormData, Id, Json, Kind, Problem, Strict, duplicates
from assessments.kinds.choice import (
    ChoiceContent,
    check_options,
    option_rows,
    option_words,
    options_from_form,
    public_options,
)

SCORINGS = {
    "all_or_nothing": gettext_lazy("全部选对才得分"),
    "partial": gettext_lazy("少选按比例，错选不得分"),
    "penalty": gettext_lazy("选错倒扣，最低零分"),
}


class Key(Strict, frozen=True):
    answers: list[Id]
    scoring: Literal["all_or_nothing", "partial", "penalty"] = "all_or_nothing"


class Response(Strict, frozen=True):
    choices: Annotated[list[Id], msgspec.Meta(max_length=10)] = []


class MultipleChoice(Kind[ChoiceContent, Key, Response]):
    name, label, position = "multiple_choice", gettext_lazy("多选题"), 20
    content_type, key_type, response_type = ChoiceContent, Key, Response

    def check(self, stem: str, content: ChoiceContent, key: Key) -> list[Problem]:
        problems = check_options(content, 4, 6)
        known = {option.id for option in content.options}
        for unknown in [answer for answer in key.answers if answer not in known]:
            problems.append(
                Problem("key.answers", "key_unknown", _("答案 %s 不在选项里") % unknown, _("改成已有的选项"))
            )
        for twice in duplicates(key.answers):
            problems.append(Problem("key.answers", "key_twice", _("答案 %s 写了两次") % twice, _("删去一个")))
        right = known & set(key.answers)
        if len(right) < 2:
            problems.append(
                Problem(
                    "key.answers", "key_few", _("多选题至少有两个正确选项"), _("增加正确选项，或改成单选题")
                )
            )
        if right == known:
            problems.append(Problem("key.answers", "key_all", _("所有选项都是正确的"), _("增加干扰项")))
        return problems

    def canonical(self, content: ChoiceContent, key: Key) -> tuple[ChoiceContent, Key]:
        return content, Key(answers=sorted(key.answers), scoring=key.scoring)

    def blank(self) -> Drafted:
        options = [{"id": letter, "text": ""} for letter in "ABCDE"]
        return Drafted({"options": options}, {"answers": [], "scoring": "partial"}, {})

    def from_form(self, data: FormData) -> Drafted:
        options, rationale, ids = options_from_form(data)
        answers = sorted(ids[str(row)] for row in data.getlist("answer") if str(row) in ids)
        return Drafted(
            {"options": options},
            {"answers": answers, "scoring": str(data.get("scoring", "partial"))},
            rationale,
        )

    def form_context(self, drafted: Drafted) -> Json:
        right = drafted.key.get("answers")
        rows = option_rows(
            drafted.content, drafted.option_rationale, right if isinstance(right, list) else []
        )
        return {"rows": rows, "most": 6, "scorings": SCORINGS, "scoring": drafted.key.get("scoring")}

    def public(self, content: Json, seed: int = 0) -> Json:
        return public_options(self.read_content(content))

    def orderable(self, content: Json) -> list[str]:
        return [option.id for option in self.read_content(content).options]

    def unfit(self, content: ChoiceContent, response: Response) -> str:
        known = {option.id for option in content.options}
        unknown = [choice for choice in response.choices if choice not in known]
        return "、".join(unknown + duplicates(response.choices))

    def answered(self, response: Response) -> bool:
        return bool(response.choices)

    def share(self, content: ChoiceContent, key: Key, response: Response) -> tuple[Fraction, Json]:
        right, chosen = set(key.answers), set(response.choices)
        hits, wrong = len(chosen & right), len(chosen - right)
        detail: Json = {"scoring": key.scoring, "right": hits, "wrong": wrong, "of": len(right)}
        if key.scoring == "all_or_nothing":
            return Fraction(int(chosen == right)), detail
        if key.scoring == "partial":
            return (Fraction(0) if wrong else Fraction(hits, len(right))), detail
        return max(Fraction(0), Fraction(hits - wrong, len(right))), detail

    def key_response(self, content: Json, key: Json) -> Json:
        return {"choices": sorted(self.read_key(key).answers)}

    def random_response(self, content: Json, rng: random.Random) -> Json:
        ids = self.orderable(content)
        return {"choices": sorted(rng.sample(ids, rng.randint(1, len(ids))))}

    def words(self, content: ChoiceContent, response: Response) -> str:
        return option_words(content, sorted(response.choices))

    def key_words(self, content: ChoiceContent, key: Key) -> str:
        return option_words(content, sorted(key.answers)) + f"（{SCORINGS[key.scoring]!s}）"


KIND = MultipleChoice()
