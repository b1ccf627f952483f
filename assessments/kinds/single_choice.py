"""单选：one right option among three to six."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Annotated

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.kinds.base import Drafted, FormData, Id, Json, Kind, Problem, Strict
from assessments.kinds.choice import (
    ChoiceContent,
    check_options,
    option_rows,
    option_words,
    options_from_form,
    public_options,
)


class Key(Strict, frozen=True):
    answer: Annotated[str, msgspec.Meta(max_length=16)]


class Response(Strict, frozen=True):
    choice: Id | None = None


class SingleChoice(Kind[ChoiceContent, Key, Response]):
    """The right option earns everything, any other nothing."""

    name, label, position = "single_choice", gettext_lazy("单选题"), 10
    content_type, key_type, response_type = ChoiceContent, Key, Response

    def check(self, stem: str, content: ChoiceContent, key: Key) -> list[Problem]:
        problems = check_options(content, 3, 6)
        if not key.answer:
            problems.append(
                Problem("key.answer", "key_missing", _("还没有选定答案"), _("选定一个选项作答案"))
            )
        elif key.answer not in {option.id for option in content.options}:
            message = _("答案 %s 不在选项里") % key.answer
            problems.append(Problem("key.answer", "key_unknown", message, _("选定一个选项作答案")))
        return problems

    def blank(self) -> Drafted:
        return Drafted({"options": [{"id": letter, "text": ""} for letter in "ABCD"]}, {"answer": ""}, {})

    def from_form(self, data: FormData) -> Drafted:
        options, rationale, ids = options_from_form(data)
        return Drafted({"options": options}, {"answer": ids.get(str(data.get("answer", "")), "")}, rationale)

    def form_context(self, drafted: Drafted) -> Json:
        return {
            "rows": option_rows(drafted.content, drafted.option_rationale, [drafted.key.get("answer")]),
            "most": 6,
        }

    def public(self, content: Json, seed: int = 0) -> Json:
        return public_options(self.read_content(content))

    def orderable(self, content: Json) -> list[str]:
        return [option.id for option in self.read_content(content).options]

    def unfit(self, content: ChoiceContent, response: Response) -> str:
        known = {option.id for option in content.options}
        return "" if response.choice is None or response.choice in known else response.choice

    def answered(self, response: Response) -> bool:
        return response.choice is not None

    def share(self, content: ChoiceContent, key: Key, response: Response) -> tuple[Fraction, Json]:
        right = response.choice == key.answer
        return Fraction(int(right)), {"right": right}

    def key_response(self, content: Json, key: Json) -> Json:
        return {"choice": self.read_key(key).answer}

    def random_response(self, content: Json, rng: random.Random) -> Json:
        return {"choice": rng.choice(self.orderable(content))}

    def words(self, content: ChoiceContent, response: Response) -> str:
        return option_words(content, [response.choice or ""])

    def key_words(self, content: ChoiceContent, key: Key) -> str:
        return option_words(content, [key.answer])


KIND = SingleChoice()
