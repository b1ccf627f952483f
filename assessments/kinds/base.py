"""The contract every item kind fulfils.

A kind is one module below ``assessments/kinds`` that exposes ``KIND``, an instance of :class:`Kind`; the registry
finds it by itself. A kind knows four things: the shape of its public content, of its secret key and of a response
(msgspec structs), and how a response is scored.

Scoring is pure and total. It reads nothing but its arguments, works in ``Decimal`` and ``Fraction``, and for every
input ends in a :class:`Score` or in :class:`NeedsPerson`; it never turns what it cannot read into zero points.

The rounding rule, the same for all kinds: a response earns an exact share (a ``Fraction`` from 0 to 1) of the slot's
points; the product is rounded half up to 0.01. A share of one earns the points unrounded, a share of nothing earns 0.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Generic, Protocol, TypeVar

import msgspec
from django.utils.translation import gettext as _

from assessments import richtext

ZERO = Decimal("0")
CENT = Decimal("0.01")
#: An answer written by a candidate may not be longer than this, whatever the item says.
HARD_TEXT_LIMIT = 20_000

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9_\-]+$")]
Text = Annotated[str, msgspec.Meta(max_length=8_000)]
Json = dict[str, Any]

C = TypeVar("C", bound=msgspec.Struct)
K = TypeVar("K", bound=msgspec.Struct)
R = TypeVar("R", bound=msgspec.Struct)


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=False):
    """A body in which an unknown field is an error, not something to overlook."""


class Problem(msgspec.Struct, frozen=True):
    """Something wrong in an item: where, what, and how to mend it.

    ``place`` is a path such as ``content.options[2].text``, ``key.answer`` or ``stem``; ``code`` is stable and names
    the rule, so that tests, tools and translations do not depend on the wording.
    """

    place: str
    code: str
    message: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.place}：{self.message}" + (f"（{self.mend}）" if self.mend else "")


class Score(msgspec.Struct, frozen=True):
    """Points earned, and how they came about (JSON-ready, for review pages and regrades)."""

    points: Decimal
    detail: Json


class NeedsPerson(msgspec.Struct, frozen=True):
    """The response is to be looked at by a person: a rubric kind, or something no rule can read."""

    reason: str
    detail: Json


class Unscorable(Exception):
    """Raised inside a kind when a response cannot be judged by rule; becomes :class:`NeedsPerson`."""

    def __init__(self, reason: str, detail: Json | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail or {}


class FormData(Protocol):
    """What a kind reads of a posted editor form (``QueryDict`` fits)."""

    def get(self, key: str, default: Any = None, /) -> Any: ...

    def getlist(self, key: str, /) -> list[Any]: ...


class Drafted(msgspec.Struct):
    """Content, key and option rationale as the editor's form gave them, not yet validated."""

    content: Json
    key: Json
    option_rationale: dict[str, str]


def award(points: Decimal, share: Fraction) -> Decimal:
    """The part of ``points`` that ``share`` earns, by the rounding rule in the module's docstring."""
    if share <= 0:
        return ZERO
    if share >= 1:
        return points
    exact = points * share.numerator / share.denominator
    return min(points, exact.quantize(CENT, rounding=ROUND_HALF_UP))


def problems_from(error: msgspec.ValidationError, root: str) -> list[Problem]:
    """A schema error as a problem in words an author understands."""
    text = str(error)
    match = re.search(r"^(?P<what>.*?)(?: - at `\$?(?P<path>[^`]*)`)?$", text, re.S)
    what = match["what"] if match else text
    path = (match["path"] or "") if match else ""
    place = root + path.replace("[...]", "[]")
    if found := re.search(r"missing required field `([^`]+)`", what):
        return [Problem(f"{place}.{found[1]}", "missing", _("缺少必填的字段"), _("补上这个字段"))]
    if found := re.search(r"contains unknown field `([^`]+)`", what):
        return [Problem(f"{place}.{found[1]}", "unknown", _("没有这个字段"), _("删去它，或检查拼写"))]
    if "Expected `" in what:
        return [Problem(place, "type", _("类型不对：%(what)s") % {"what": what}, _("按题型格式改正"))]
    return [Problem(place, "schema", _("格式不对：%(what)s") % {"what": what}, _("按题型格式改正"))]


def check_stem(stem: str) -> list[Problem]:
    """What any kind asks of a stem: present, of sane length, nothing that the sanitiser would drop."""
    if not isinstance(stem, str) or not richtext.plain(stem).strip():
        return [Problem("stem", "stem_empty", _("题干是空的"), _("写出题干"))]
    problems = []
    if len(stem) > 8_000:
        problems.append(Problem("stem", "stem_long", _("题干超过 8000 字"), _("缩短题干，或改用题组材料")))
    if lost := richtext.lost_tags(stem):
        problems.append(
            Problem(
                "stem",
                "stem_html",
                _("题干里有不允许的标记：%(tags)s") % {"tags": "、".join(lost)},
                _("删去这些标记"),
            )
        )
    return problems


def duplicates(values: Sequence[str]) -> list[str]:
    """The values that occur more than once, each named once, in order of their second appearance."""
    seen: set[str] = set()
    twice: list[str] = []
    for value in values:
        if value in seen and value not in twice:
            twice.append(value)
        seen.add(value)
    return twice


def has_nul(value: Any) -> bool:
    """Whether a JSON value holds a NUL or a lone surrogate, which no database column can hold."""
    if isinstance(value, str):
        return "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, Mapping):
        return any(has_nul(key) or has_nul(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(has_nul(item) for item in value)
    return False


class Kind(Generic[C, K, R]):
    """One kind of item. Subclasses set the class attributes and fill in the methods that raise here."""

    #: Stable name, as stored in ``Item.kind`` and as the name of the player's module.
    name: ClassVar[str]
    #: Name on screen, lazily translated.
    label: ClassVar[Any]
    #: Place in lists of kinds.
    position: ClassVar[int] = 100
    #: Whether responses of this kind always go to markers.
    marked_by_person: ClassVar[bool] = False

    content_type: type[C]
    key_type: type[K]
    response_type: type[R]

    # --- what an author writes -------------------------------------------------------------------------------

    def validate(self, stem: str, content: Any, key: Any) -> list[Problem]:
        """Everything wrong with the item, each problem naming its place and the mend; empty when it can be used."""
        problems = check_stem(stem)
        parsed_content = parsed_key = None
        try:
            parsed_content = self.read_content(content)
        except msgspec.ValidationError as error:
            problems += problems_from(error, "content")
        try:
            parsed_key = self.read_key(key)
        except msgspec.ValidationError as error:
            problems += problems_from(error, "key")
        if has_nul(content) or has_nul(key) or has_nul(stem):
            problems.append(Problem("content", "nul", _("含有不可见的非法字符"), _("重新输入这段文字")))
        if parsed_content is not None and parsed_key is not None:
            problems += self.check(str(stem), parsed_content, parsed_key)
        return problems

    def check(self, stem: str, content: C, key: K) -> list[Problem]:
        """The kind's own rules over well-formed content and key."""
        raise NotImplementedError

    def normalise(self, content: Json, key: Json) -> tuple[Json, Json]:
        """Content and key in canonical form. What the candidate sees must then tell nothing of the key.

        Kinds whose ids or listing order could tell the key (matching, ordering) renumber them here. Content or key
        that is not well formed is returned unchanged. Idempotent.
        """
        try:
            parsed_content, parsed_key = self.read_content(content), self.read_key(key)
        except msgspec.ValidationError:
            return content, key
        parsed_content, parsed_key = self.canonical(parsed_content, parsed_key)
        return msgspec.to_builtins(parsed_content), msgspec.to_builtins(parsed_key)

    def canonical(self, content: C, key: K) -> tuple[C, K]:
        """Canonical form of content and key that read well, though they may still contradict each other."""
        return content, key

    def blank(self) -> Drafted:
        """What the editor starts from."""
        raise NotImplementedError

    def from_form(self, data: FormData) -> Drafted:
        """Content, key and option rationale out of the editor's form; never raises on what an author may type."""
        raise NotImplementedError

    def form_context(self, drafted: Drafted) -> Json:
        """What the kind's editor template shows for a draft, however incomplete."""
        raise NotImplementedError

    # --- what a candidate sees and sends ---------------------------------------------------------------------

    def public(self, content: Json, seed: int = 0) -> Json:
        """What a candidate's browser may hold: the content with its texts as safe HTML, and nothing of the key.

        ``seed`` fixes the order in which a kind presents entries whose listing would otherwise be arbitrary.
        """
        raise NotImplementedError

    def orderable(self, content: Json) -> list[str]:
        """The ids that a per-candidate order may permute (options, matching's right side); often none."""
        return []

    def parse_response(
        self, raw: bytes | str | Mapping[str, Any] | None, content: Json | None = None
    ) -> Json | None:
        """A response off the wire, checked strictly; ``None`` is a cleared answer.

        With ``content`` the ids are checked against it too. Raises ``accounts.errors.Invalid`` for anything else
        than a response of this kind.
        """
        from accounts.errors import Invalid

        try:
            if raw is None or raw in (b"null", "null"):
                return None
            if isinstance(raw, bytes | str):
                response = msgspec.json.decode(raw, type=self.response_type)
            else:
                response = msgspec.convert(raw, self.response_type)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise Invalid("response_malformed", _("作答的格式不对"), hint=str(error)) from error
        plain = msgspec.to_builtins(response)
        if has_nul(plain):
            raise Invalid("response_malformed", _("作答里含有非法字符"))
        if content is not None and (unfit := self.unfit(self.read_content(content), response)):
            raise Invalid("response_unfit", _("作答与题目对不上：%(what)s") % {"what": unfit})
        return plain

    def unfit(self, content: C, response: R) -> str:
        """Why a well-formed response cannot belong to this content (an id that does not exist); "" if it can."""
        return ""

    def is_answered(self, response: Any) -> bool:
        """Whether a stored response holds an answer at all. Total: any JSON value may be given."""
        if response is None or response == {}:
            return False
        try:
            return self.answered(msgspec.convert(response, self.response_type))
        except msgspec.ValidationError:
            return True

    def answered(self, response: R) -> bool:
        raise NotImplementedError

    # --- scoring ---------------------------------------------------------------------------------------------

    def score(self, content: Json, key: Json, response: Any, points: Decimal) -> Score | NeedsPerson:
        """What ``response`` earns of ``points``. Pure and total; see the module's docstring for the rules."""
        if not self.is_answered(response):
            return Score(ZERO, {"answered": False})
        try:
            parsed = msgspec.convert(response, self.response_type)
        except msgspec.ValidationError as error:
            return NeedsPerson("response_unreadable", {"error": str(error)})
        try:
            parsed_content, parsed_key = self.read_content(content), self.read_key(key)
        except msgspec.ValidationError as error:
            return NeedsPerson("item_unreadable", {"error": str(error)})
        if unfit := self.unfit(parsed_content, parsed):
            return NeedsPerson("response_unfit", {"error": unfit})
        try:
            share, detail = self.share(parsed_content, parsed_key, parsed)
        except Unscorable as unscorable:
            return NeedsPerson(unscorable.reason, unscorable.detail)
        return Score(award(points, share), {"answered": True, "share": str(share), **detail})

    def share(self, content: C, key: K, response: R) -> tuple[Fraction, Json]:
        """The share of the points earned, and its detail. Raises :class:`Unscorable` where no rule decides."""
        raise NotImplementedError

    # --- words and tests -------------------------------------------------------------------------------------

    def key_response(self, content: Json, key: Json) -> Json:
        """The response that the key calls right; it scores full points where scoring is by rule."""
        raise NotImplementedError

    def random_response(self, content: Json, rng: random.Random) -> Json:
        """A well-formed response given by chance, as a candidate without knowledge would give it."""
        raise NotImplementedError

    def describe_response(self, content: Json, response: Any) -> str:
        """A response in words, for review and marking pages; never raises."""
        if not self.is_answered(response):
            return _("未作答")
        try:
            return self.words(self.read_content(content), msgspec.convert(response, self.response_type))
        except msgspec.ValidationError:
            return str(response)

    def describe_key(self, content: Json, key: Json) -> str:
        """The key in words."""
        try:
            return self.key_words(self.read_content(content), self.read_key(key))
        except msgspec.ValidationError:
            return _("（答案尚不完整）")

    def words(self, content: C, response: R) -> str:
        raise NotImplementedError

    def key_words(self, content: C, key: K) -> str:
        raise NotImplementedError

    # --- reading ---------------------------------------------------------------------------------------------

    def read_content(self, content: Any) -> C:
        return msgspec.convert(content, self.content_type)

    def read_key(self, key: Any) -> K:
        return msgspec.convert(key, self.key_type)


def shuffled(ids: Sequence[str], seed: int) -> list[str]:
    """``ids`` in an order fixed by ``seed``."""
    order = list(ids)
    random.Random(seed).shuffle(order)
    return order


def list_of(data: FormData, name: str) -> list[str]:
    """The values of a repeated form field, as stripped text."""
    return [str(value).strip() for value in data.getlist(name)]


def at(values: Sequence[str], index: int, default: str = "") -> str:
    """``values[index]`` or the default: repeated form fields may come in unequal numbers."""
    return values[index] if index < len(values) else default
