"""Hypothesis strategies for valid items of every rule-scored kind, shared by the tests of kinds and banks."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

CHINESE = "核对订单物流客服退款平台规则产品标题价格仓库验收打包贴签海关买家卖家"
words = st.text(alphabet=CHINESE, min_size=2, max_size=12)
points = st.integers(min_value=1, max_value=4000).map(lambda cents: Decimal(cents) / 100)


def distinct(low: int, high: int) -> st.SearchStrategy[list[str]]:
    return st.lists(words, min_size=low, max_size=high, unique=True)


@st.composite
def single_choice(draw: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    texts = draw(distinct(3, 6))
    ids = "ABCDEF"[: len(texts)]
    options = [{"id": name, "text": text} for name, text in zip(ids, texts, strict=True)]
    return "题干", {"options": options}, {"answer": draw(st.sampled_from(ids))}


@st.composite
def multiple_choice(draw: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    texts = draw(distinct(4, 6))
    ids = "ABCDEF"[: len(texts)]
    options = [{"id": name, "text": text} for name, text in zip(ids, texts, strict=True)]
    count = draw(st.integers(2, len(ids) - 1))
    answers = draw(st.permutations(ids))[:count]
    scoring = draw(st.sampled_from(["all_or_nothing", "partial", "penalty"]))
    return "题干", {"options": options}, {"answers": list(answers), "scoring": scoring}


@st.composite
def true_false(draw: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return "陈述", {}, {"answer": draw(st.booleans())}


@st.composite
def fill_blank(draw: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    count = draw(st.integers(1, 4))
    blanks, keys = [], {}
    for number in range(1, count + 1):
        blanks.append({"id": str(number), "width": 8})
        if draw(st.booleans()):
            keys[str(number)] = {"accept": draw(distinct(1, 3))}
        else:
            value = draw(st.integers(-99999, 99999))
            keys[str(number)] = {"value": str(Decimal(value) / 100), "tolerance": "0.01"}
    scoring = draw(st.sampled_from(["partial", "all_or_nothing"]))
    stem = "题干" + "，".join(f"{{{{{blank['id']}}}}}" for blank in blanks)
    return stem, {"blanks": blanks}, {"blanks": keys, "scoring": scoring}


@st.composite
def numeric(draw: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    value = Decimal(draw(st.integers(-(10**8), 10**8))) / 100
    kind = draw(st.sampled_from(["absolute", "relative"]))
    unit = draw(st.sampled_from(["元", "%", "kg", "", "美元"]))
    return "题干", {"unit": unit}, {"value": str(value), "tolerance": "0.01", "tolerance_kind": kind}


@st.composite
def matching(draw: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    left = draw(distinct(2, 6))
    right = draw(distinct(max(2, len(left)), 8))
    order = draw(st.permutations(range(len(right))))
    content = {
        "left": [{"id": f"x{index}", "text": text} for index, text in enumerate(left)],
        "right": [{"id": f"y{index}", "text": text} for index, text in enumerate(right)],
    }
    return "题干", content, {"pairs": {f"x{index}": f"y{order[index]}" for index in range(len(left))}}


@st.composite
def ordering(draw: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    texts = draw(distinct(3, 7))
    ids = [f"s{index}" for index in range(len(texts))]
    entries = [{"id": name, "text": text} for name, text in zip(ids, texts, strict=True)]
    scoring = draw(st.sampled_from(["exact", "pairs"]))
    return "题干", {"entries": entries}, {"order": list(draw(st.permutations(ids))), "scoring": scoring}


SHORT_ANSWER = (
    "简述处理步骤。",
    {"max_chars": 300},
    {
        "rubric": [
            {
                "id": "c1",
                "criterion": "先核对",
                "points": "2",
                "levels": [
                    {"points": "2", "descriptor": "完整"},
                    {"points": "1", "descriptor": "部分"},
                    {"points": "0", "descriptor": "没有"},
                ],
            },
            {"id": "c2", "criterion": "后告知", "points": "1"},
        ],
        "sample_answer": "先核对订单，再告知买家。",
    },
)

STRATEGIES = {
    "single_choice": single_choice(),
    "multiple_choice": multiple_choice(),
    "true_false": true_false(),
    "fill_blank": fill_blank(),
    "numeric": numeric(),
    "matching": matching(),
    "ordering": ordering(),
}


@st.composite
def any_item(draw: Any) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    """Kind, stem, content and key of a valid item scored by rule."""
    name = draw(st.sampled_from(sorted(STRATEGIES)))
    return (name, *draw(STRATEGIES[name]))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["A", "B", "1", "l1", "e1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)
#: Bodies that look like responses but need not be any.
near_responses = st.dictionaries(
    st.sampled_from(["choice", "choices", "value", "blanks", "pairs", "order", "text", "extra"]),
    json_values,
    max_size=3,
)


def shuffled_copy(values: list[Any], seed: int) -> list[Any]:
    copy = list(values)
    random.Random(seed).shuffle(copy)
    return copy
