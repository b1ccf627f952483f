"""判断：a statement that holds or does not."""

from __future__ import annotations

import random
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.kinds.base import Drafted, FormData, Json, Kind, Problem, Strict


class Content(Strict, frozen=True):
    pass


class Key(Strict, frozen=True):
    answer: bool


class Response(Strict, frozen=True):
    value: bool | None = None


def _word(value: bool) -> str:
    return _("正确") if value else _("错误")


class TrueFalse(Kind[Content, Key, Response]):
    name, label, position = "true_false", gettext_lazy("判断题"), 30
    content_type, key_type, response_type = Content, Key, Response

    def check(self, stem: str, content: Content, key: Key) -> list[Problem]:
        return []

    def blank(self) -> Drafted:
        return Drafted({}, {}, {})

    def from_form(self, data: FormData) -> Drafted:
        answer = {"true": True, "false": False}.get(str(data.get("answer", "")))
        rationale = {
            name: text
            for name in ("true", "false")
            if (text := str(data.get(f"rationale_{name}", "")).strip())
        }
        return Drafted({}, {} if answer is None else {"answer": answer}, rationale)

    def form_context(self, drafted: Drafted) -> Json:
        return {"answer": drafted.key.get("answer")}

    def public(self, content: Json, seed: int = 0) -> Json:
        return {}

    def answered(self, response: Response) -> bool:
        return response.value is not None

    def share(self, content: Content, key: Key, response: Response) -> tuple[Fraction, Json]:
        right = response.value == key.answer
        return Fraction(int(right)), {"right": right}

    def key_response(self, content: Json, key: Json) -> Json:
        return {"value": self.read_key(key).answer}

    def random_response(self, content: Json, rng: random.Random) -> Json:
        return {"value": rng.random() < 0.5}

    def words(self, content: Content, response: Response) -> str:
        return _word(bool(response.value))

    def key_words(self, content: Content, key: Key) -> str:
        return _word(key.answer)


KIND = TrueFalse()
