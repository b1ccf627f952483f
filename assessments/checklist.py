"""The machine-checkable part of the review checklist: what a reviewer should never have to look for by hand.

Pure. A ``failure`` is a fault in the item; a ``warning`` asks a person to look. :func:`check_item` judges one item,
:func:`check_bank` what shows only over many.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments import richtext
from assessments.bank import Entry, ItemBody, Manifest
from assessments.kinds.text import fold_text

CHOICE_KINDS = ("single_choice", "multiple_choice")
_ALL_OF_ABOVE = re.compile(
    r"(?:以上|上述|前面)(?:都|均|皆|全|各项|说法|选项|三项|四项|所有|几项)|^(?:都|均|皆)(?:对|错|是|不是|正确|不正确)$"
)
_ABSOLUTE = re.compile(r"一定|绝对|永远|从不|任何|毫无|总是|所有|完全|只要.{1,12}就|必然|无须|无需|一律")
_ABSOLUTE_STATEMENT = re.compile(r"绝对|永远|从不|毫无|必然|任何情况|一律|完全不|只要.{1,20}就(?:一定|必|可)")
_LETTER = re.compile(
    r"(?:选项|应选|故选|答案[为是]?|正确项[为是]?)\s*[A-F](?![A-Za-z0-9])|(?<![A-Za-z0-9])[A-F]\s*(?:选项|项(?!目))"
)
_UNFINISHED = re.compile(r"TODO|FIXME|XXX|待补|待定|lorem|占位|\?\?\?|？？？", re.I)
_HALFWIDTH = re.compile(r"[\u4e00-\u9fff][,;?!](?=[\s\u4e00-\u9fff]|$)")
NEAR, SUSPICIOUS = 0.80, 0.66


class Finding(msgspec.Struct, frozen=True):
    """One point of the checklist that an item, or the bank, does not meet."""

    severity: Literal["failure", "warning"]
    rule: str
    item: str
    message: str
    mend: str = ""
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        where = f"{self.file}:{self.line} " if self.file else ""
        mend = f"（{self.mend}）" if self.mend else ""
        return f"{where}{self.item} [{self.rule}] {self.message}{mend}"


#: What the review page lists as checked by machine: rule names by point.
POINTS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (gettext_lazy("题目结构完整，答案有效"), ("structure",)),
    (gettext_lazy("答案唯一、选项不重复"), ("option_same", "key_unknown", "key_all")),
    (gettext_lazy("选项长短不泄露答案"), ("length_cue",)),
    (gettext_lazy("没有“以上都对”一类选项"), ("all_of_above",)),
    (gettext_lazy("没有绝对化用词的线索"), ("absolute_cue", "absolute_statement")),
    (gettext_lazy("不靠选项字母说话（选项会打乱）"), ("letter_named",)),
    (gettext_lazy("写明了答题依据"), ("rationale_missing", "option_rationale_missing")),
    (gettext_lazy("数值题的误差与单位清楚"), ("tolerance_zero", "unit_missing", "value_unexplained")),
    (gettext_lazy("文字规范"), ("halfwidth", "unfinished", "stem_short")),
)


def width(text: str) -> float:
    """Length on screen in Chinese characters: narrow characters count half."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5 for char in richtext.plain(text))


def check_item(item: ItemBody) -> list[Finding]:
    """The checklist over one well-formed item."""
    found: list[Finding] = []

    def add(severity: Literal["failure", "warning"], rule: str, message: str, mend: str = "") -> None:
        found.append(Finding(severity, rule, item.code, message, mend))

    texts = [item.stem, item.rationale, *_strings(item.content), *item.option_rationale.values()]
    if any(_UNFINISHED.search(text) for text in texts):
        add("failure", "unfinished", _("有未完成的占位文字"), _("写完整"))
    if width(item.rationale) < 8:
        add("failure", "rationale_missing", _("没有写明答题依据"), _("说明依据的规则或计算过程"))
    if width(item.stem) < 6:
        add("warning", "stem_short", _("题干很短"), _("确认题干说清了情境和要求"))
    if _HALFWIDTH.search(richtext.plain(item.stem)):
        add("warning", "halfwidth", _("中文里用了半角标点"), _("改成全角标点"))
    if item.kind in CHOICE_KINDS:
        _check_choice(item, add)
    elif (
        item.kind == "true_false"
        and item.key.get("answer") is False
        and _ABSOLUTE_STATEMENT.search(item.stem)
    ):
        add("warning", "absolute_statement", _("错误的陈述用了绝对化的词，容易猜到"), _("改写得不那么绝对"))
    elif item.kind == "numeric":
        _check_numeric(item, add)
    return found


def _check_choice(item: ItemBody, add: Any) -> None:
    options = {
        str(option["id"]): richtext.plain(option["text"]) for option in item.content.get("options", [])
    }
    answer = item.key.get("answer")
    right = {answer} if isinstance(answer, str) else set(item.key.get("answers", []))
    for name, text in options.items():
        if _ALL_OF_ABOVE.search(text):
            add("failure", "all_of_above", _("选项 %s 是“以上都对”一类") % name, _("换成有内容的干扰项"))
        if not item.option_rationale.get(name, "").strip():
            add(
                "failure",
                "option_rationale_missing",
                _("选项 %s 没有写对错的理由") % name,
                _("写明这个选项为什么对或错"),
            )
    for text in [item.stem, item.rationale, *options.values(), *item.option_rationale.values()]:
        if hit := _LETTER.search(richtext.plain(text)):
            add(
                "failure",
                "letter_named",
                _("文字里提到选项字母“%s”，而选项会打乱") % hit[0],
                _("改用选项的内容来说"),
            )
            break
    wrong_absolute = [name for name, text in options.items() if name not in right and _ABSOLUTE.search(text)]
    right_absolute = [name for name in right if _ABSOLUTE.search(options.get(name, ""))]
    distractors = len(options) - len(right & set(options))
    if not right_absolute and len(wrong_absolute) >= 2 and len(wrong_absolute) * 2 > distractors:
        message = _("多数干扰项（%s）用了绝对化的词，正确选项没有") % "、".join(wrong_absolute)
        add("failure", "absolute_cue", message, _("改写干扰项"))
    if item.kind == "single_choice" and (ratio := _length_ratio(options, right)):
        add(
            "failure",
            "length_cue",
            _("正确选项比其他选项长得多（%.1f 倍）") % ratio,
            _("缩短正确选项，或写长干扰项"),
        )


def _length_ratio(options: dict[str, str], right: set[str]) -> float:
    """How many times longer the key is than the distractors' mean, where that gives it away; else 0."""
    key = [width(text) for name, text in options.items() if name in right]
    others = [width(text) for name, text in options.items() if name not in right]
    if not key or not others:
        return 0
    mean = sum(others) / len(others)
    gives_away = key[0] > max(others) + 4 and key[0] > 1.6 * max(mean, 1)
    return key[0] / max(mean, 1) if gives_away else 0


def _check_numeric(item: ItemBody, add: Any) -> None:
    value, tolerance = Decimal(str(item.key["value"])), Decimal(str(item.key.get("tolerance", "0")))
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < 0 and not tolerance:
        add("warning", "tolerance_zero", _("答案有小数而误差为 0"), _("给出误差，如末位的一半"))
    if not item.content.get("unit"):
        add("warning", "unit_missing", _("没有写单位"), _("写明单位；无单位的比率可不写"))
    plain = format(value.normalize(), "f")
    bare = re.sub(r"[,，\s]", "", item.rationale)
    percent = format((value * 100).normalize(), "f") + "%"
    if plain not in bare and percent not in bare:
        add("warning", "value_unexplained", _("解析里没有出现答案 %s") % plain, _("在解析里写出算式和结果"))


def check_bank(
    entries: Sequence[Entry], manifest: Manifest | None = None, *, least: int = 3, whole: bool = True
) -> list[Finding]:
    """The checklist over many items.

    ``least`` is the number of items each requirement of the manifest must have; it is asked for only where ``whole``
    says that all items of the bank are at hand.
    """
    found = [
        *_check_links(entries, manifest),
        *_check_letters(entries),
        *_check_truths(entries),
        *_check_lengths(entries),
    ]
    found += _check_duplicates(entries)
    if manifest and whole:
        found += _check_coverage(entries, manifest, least)
    return found


def coverage(entries: Iterable[Entry], manifest: Manifest | None) -> dict[str, dict[str, Any]]:
    """``{"初级 1.1.1": {"items": 3, "kinds": [...]}}`` for every requirement of the manifest and every one met."""
    rows: dict[str, dict[str, Any]] = {
        f"{level} {code}": {"items": 0, "kinds": []} for level, code in (manifest or Manifest()).required()
    }
    for entry in entries:
        for link in entry.item.requirements:
            row = rows.setdefault(f"{link.level} {link.code}", {"items": 0, "kinds": []})
            row["items"] += 1
            if entry.item.kind not in row["kinds"]:
                row["kinds"].append(entry.item.kind)
    return rows


def _check_links(entries: Sequence[Entry], manifest: Manifest | None) -> Iterator[Finding]:
    if manifest is None:
        return
    known = set(manifest.required())
    for entry in entries:
        for link in entry.item.requirements:
            if (link.level, link.code) not in known:
                message = _("标准里没有职业技能要求 %(level)s %(code)s") % {
                    "level": link.level,
                    "code": link.code,
                }
                yield _of(entry, "failure", "requirement_unknown", message, _("检查等级和编号"))
        parts = entry.item.code.split("-")
        if manifest.prefixes and len(parts) == 3:
            named = (manifest.prefixes.get(parts[0], ""), parts[1])
            if named not in {(link.level, link.code) for link in entry.item.requirements}:
                message = _("编号 %(code)s 所指的要求不在所考的要求里") % {"code": entry.item.code}
                yield _of(entry, "failure", "code_mismatch", message, _("改编号或改职业技能要求"))


def _check_coverage(entries: Sequence[Entry], manifest: Manifest, least: int) -> Iterator[Finding]:
    for name, row in coverage(entries, manifest).items():
        if row["items"] < least:
            message = _("只有 %(have)d 道题，至少要 %(least)d 道") % {"have": row["items"], "least": least}
            yield Finding("failure", "coverage", name, message, _("补题"))
        elif len(row["kinds"]) < 2:
            yield Finding("warning", "coverage_kinds", name, _("只有一种题型"), _("换用不同的题型"))


def _check_letters(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Each of A to D should be right about as often as the others, among single choices of four."""
    by_file: dict[str, Counter[str]] = {}
    for entry in entries:
        if entry.item.kind == "single_choice" and len(entry.item.content.get("options", [])) == 4:
            by_file.setdefault(entry.file, Counter())[str(entry.item.key.get("answer"))] += 1
    total: Counter[str] = sum(by_file.values(), Counter())
    count = sum(total.values())
    for letter in "ABCD":
        share = total[letter] / count if count else 0
        if count >= 40 and not 0.16 <= share <= 0.34:
            message = _("全库单选题中答案为 %(letter)s 的占 %(share)d%%") % {
                "letter": letter,
                "share": round(share * 100),
            }
            yield Finding(
                "failure", "key_distribution", _("全库"), message, _("调整选项次序，使各字母接近四分之一")
            )
    for name, letters in by_file.items():
        number, most = sum(letters.values()), letters.most_common(1)[0]
        if number >= 8 and most[1] / number > 0.5:
            message = _("%(count)d 道单选题里 %(most)d 道的答案是 %(letter)s") % {
                "count": number,
                "most": most[1],
                "letter": most[0],
            }
            yield Finding("warning", "key_distribution_file", name or _("全库"), message, _("调整选项次序"))


def _check_truths(entries: Sequence[Entry]) -> Iterator[Finding]:
    answers = [entry.item.key.get("answer") for entry in entries if entry.item.kind == "true_false"]
    if len(answers) >= 10:
        share = answers.count(True) / len(answers)
        if not 0.35 <= share <= 0.65:
            message = _("判断题中正确的占 %d%%") % round(share * 100)
            yield Finding("failure", "true_false_balance", _("全库"), message, _("使正确与错误各约一半"))


def _check_lengths(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Over many items the key should be the longest option no more often than chance and habit explain."""
    longest = total = 0
    for entry in entries:
        if entry.item.kind != "single_choice":
            continue
        widths = {str(o["id"]): width(o["text"]) for o in entry.item.content.get("options", [])}
        key = widths.pop(str(entry.item.key.get("answer")), 0.0)
        total += 1
        longest += key > max(widths.values(), default=0.0)
    if total >= 20 and longest / total > 0.5:
        message = _("%(total)d 道单选题里有 %(longest)d 道的正确选项最长") % {
            "total": total,
            "longest": longest,
        }
        yield Finding("failure", "length_habit", _("全库"), message, _("写长干扰项或缩短正确选项"))


def _check_duplicates(entries: Sequence[Entry]) -> Iterator[Finding]:
    stems: dict[str, Entry] = {}
    grams: list[tuple[Entry, frozenset[str]]] = []
    for entry in entries:
        stem = fold_text(richtext.plain(entry.item.stem))
        if stem in stems:
            yield _of(
                entry, "failure", "stem_same", _("题干与 %s 相同") % stems[stem].item.code, _("改写题干")
            )
            continue
        stems[stem] = entry
        grams.append((entry, trigrams(" ".join([entry.item.stem, *_strings(entry.item.content)]))))
    for index, (entry, mine) in enumerate(grams):
        for other, theirs in grams[:index]:
            small, large = sorted((len(mine), len(theirs)))
            if not small or small < SUSPICIOUS * large:
                continue
            common = len(mine & theirs)
            likeness = common / (small + large - common)
            if likeness >= SUSPICIOUS:
                severity: Literal["failure", "warning"] = "failure" if likeness >= NEAR else "warning"
                message = _("与 %(other)s 相似 %(likeness)d%%") % {
                    "other": other.item.code,
                    "likeness": round(likeness * 100),
                }
                yield _of(entry, severity, "near_duplicate", message, _("改写情境，或删去其中一道"))


def trigrams(text: str) -> frozenset[str]:
    """The three-character windows of a text after folding."""
    folded = re.sub(r"\s+", "", fold_text(richtext.plain(text)))
    return frozenset(folded[index : index + 3] for index in range(max(1, len(folded) - 2)))


def _strings(value: Any) -> list[str]:
    """The texts of a content, without ids."""
    if isinstance(value, dict):
        return [text for name, item in value.items() if name != "id" for text in _strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return [value] if isinstance(value, str) else []


def _of(entry: Entry, severity: Literal["failure", "warning"], rule: str, message: str, mend: str) -> Finding:
    return Finding(severity, rule, entry.item.code, message, mend, entry.file, entry.line)
