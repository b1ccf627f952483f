"""The contract of a workbench, and everything that is the same for all of them.

A workbench is a world in which a candidate works: a seller's back office, a warehouse, an advertising
console. It is a pure reducer. The world comes from ``generate(scenario, seed, params)``; every click of
the candidate is a command, and ``apply(state, command)`` answers with the next state or refuses. The state
is thus a function of scenario, seed, params and log: it may be cached and can always be replayed.
Grading compares the end state with what the rules of the world demand, by typed checks.

Nothing in here or in a workbench's core knows of Django, of the clock, or of chance outside the seed.
"""

from __future__ import annotations

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)
P = TypeVar("P", bound=msgspec.Struct)

CENT = Decimal("0.01")
ZERO = Decimal(0)
ONE = Decimal(1)

Command = msgspec.Struct
RawCommand = Mapping[str, Any]


class CommandRefused(Exception):
    """The world does not allow this command now. The state is as it was.

    `code` is for programs, `message` says what was refused and why in the words of a marketplace, `hint`
    what to do next, and `field` the form field that the message belongs to, if it belongs to one.
    """

    def __init__(self, code: str, message: str, hint: str = "", field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.field = field

    def as_dict(self) -> dict[str, str]:
        """The refusal as it goes over the wire."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "field": self.field}


class RequirementRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A requirement of the standard by level name and code."""

    level: str
    code: str

    @property
    def key(self) -> str:
        """The form used as a dictionary key: ``初级 1.2.1``."""
        return f"{self.level} {self.code}"


class CheckSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One check as an item's key holds it.

    `points` are relative to those of the other checks; they are scaled to the points of the slot. A check
    with `penalty` takes points away by the fraction that it reports.
    """

    id: str
    check: str
    points: Decimal
    label: str
    requirements: list[RequirementRef] = []
    params: dict[str, Any] = {}
    penalty: bool = False


class CheckResult(msgspec.Struct, frozen=True):
    """What one predicate found: a fraction in 0 .. 1 and the evidence in words, line by line."""

    fraction: Decimal
    evidence: str
    details: tuple[str, ...] = ()


class CheckOutcome(msgspec.Struct, frozen=True):
    """A check with the points it gave or took."""

    id: str
    label: str
    penalty: bool
    fraction: Decimal
    points: Decimal
    max_points: Decimal
    evidence: str
    details: tuple[str, ...]
    requirements: tuple[str, ...]


class RequirementPoints(msgspec.Struct, frozen=True):
    """Points earned and possible for one requirement."""

    points: Decimal
    max_points: Decimal


class Grade(msgspec.Struct, frozen=True):
    """The result of grading one end state. 0 <= points <= max_points."""

    points: Decimal
    max_points: Decimal
    checks: tuple[CheckOutcome, ...]
    requirements: dict[str, RequirementPoints]


class ReplayStep(msgspec.Struct, frozen=True):
    """One line of the log, what came of it, and the screen after it."""

    index: int
    command: dict[str, Any]
    label: str
    refusal: dict[str, str] | None
    view: dict[str, Any]


@dataclass(frozen=True)
class PlanStep:
    """A sub-step of a solution, for the reference and for simulated candidates.

    `difficulty` is in logits: a candidate of that ability does it right every second time. `wrong` is what
    one who fails does instead; often nothing.
    """

    name: str
    right: tuple[RawCommand, ...]
    wrong: tuple[RawCommand, ...] = ()
    difficulty: float = 0.0


class Chance(Protocol):
    """What a simulation needs from a source of chance (`random.Random` and `Prng` have it)."""

    def random(self) -> float: ...


@dataclass(frozen=True)
class Predicate(Generic[S, P]):
    """A named check: the type of its parameters, the function that judges, and what it checks in an author's words."""

    name: str
    params: type[P]
    judge: Callable[[GradingContext[S], P], CheckResult]
    label: str


@dataclass(frozen=True)
class GradingContext(Generic[S]):
    """What a predicate may look at; `log` is the accepted commands in order."""

    initial: S
    final: S
    log: tuple[RawCommand, ...]
    memo: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario(Generic[S]):
    """A kind of world in a workbench."""

    name: str
    label: str
    summary: str
    level: str
    generate: Callable[[str, Mapping[str, Any]], S]
    plan: Callable[[S], list[PlanStep]]
    shift: float = 0.0
    """Logits added to every step's difficulty, so that a simulated candidate of ability 0 earns about the proportion
    that the scenario's item states as its difficulty."""


class Workbench(ABC, Generic[S]):
    """Base class: a workbench fills in the class attributes, `reduce` and `view`."""

    name: ClassVar[str]
    label: ClassVar[str]
    state_type: type[S]
    command_type: Any
    scenarios: dict[str, Scenario[S]]
    predicates: dict[str, Predicate[S, Any]]

    # -- to be written by each workbench ---------------------------------------------------------

    @abstractmethod
    def reduce(self, state: S, command: Command) -> S:
        """The next state; raises CommandRefused. Must not alter `state`."""

    @abstractmethod
    def public_view(self, state: S, *, full: bool = True) -> dict[str, Any]:
        """The state as the candidate's screen needs it, JSON-ready, free of anything secret.

        With ``full=False`` the parts that no command can change are left out; the page keeps its own copy
        (a shallow merge over the last full view).
        """

    @abstractmethod
    def describe(self, command: Command) -> str:
        """The command in words, for the replay page."""

    # -- the same for all ---------------------------------------------------------------------------

    def generate(self, scenario: str, seed: str | int, params: Mapping[str, Any] | None = None) -> S:
        """The world of `scenario` for `seed`: the same on every machine and Python version.

        Raises KeyError for an unknown scenario and ValueError for params the scenario doesn't know.
        """
        return self.scenarios[scenario].generate(str(seed), params or {})

    def parse(self, raw: RawCommand | bytes | str) -> Command:
        """A typed command from its wire form; malformed ones are refused, naming the place."""
        try:
            if isinstance(raw, bytes | str):
                parsed = msgspec.json.decode(raw, type=self.command_type)
            else:
                parsed = msgspec.convert(raw, type=self.command_type)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise CommandRefused(
                "malformed", f"操作内容不完整或格式不对：{error}", "请刷新页面后重试。"
            ) from error
        assert isinstance(parsed, msgspec.Struct)
        return parsed

    def apply(self, state: S, command: Command | RawCommand | bytes) -> S:
        """The next state, or CommandRefused; takes a typed command or its wire form."""
        typed = command if isinstance(command, msgspec.Struct) else self.parse(command)
        return self.reduce(state, typed)

    def encode(self, state: S) -> bytes:
        """The state as JSON bytes; `decode` is its inverse."""
        return msgspec.json.encode(state)

    def decode(self, raw: bytes | str | Mapping[str, Any]) -> S:
        """A state from `encode`'s bytes, or from the same as a JSON object (as JSONB gives it back)."""
        if isinstance(raw, bytes | str):
            return msgspec.json.decode(raw, type=self.state_type)
        return msgspec.convert(raw, type=self.state_type)

    def digest(self, state: S) -> str:
        """SHA-256 over the encoded state, hexadecimal: equal states have equal digests, however they were stored."""
        return hashlib.sha256(msgspec.json.encode(state, order="sorted")).hexdigest()

    def replay(
        self,
        scenario: str,
        seed: str | int,
        log: Iterable[RawCommand | bytes],
        params: Mapping[str, Any] | None = None,
    ) -> S:
        """The state after `log`; refused commands change nothing, as they did at the time."""
        state = self.generate(scenario, seed, params)
        for raw in log:
            try:
                state = self.apply(state, raw)
            except CommandRefused:
                continue
        return state

    def accepted(self, initial: S, log: Iterable[RawCommand | bytes]) -> tuple[S, tuple[RawCommand, ...]]:
        """The end state after `log` and the commands of it that were not refused."""
        state, kept = initial, []
        for raw in log:
            try:
                command = self.parse(raw)
                state = self.reduce(state, command)
            except CommandRefused:
                continue
            kept.append(msgspec.to_builtins(command))
        return state, tuple(kept)

    def replay_steps(
        self,
        scenario: str,
        seed: str | int,
        log: Iterable[RawCommand | bytes],
        params: Mapping[str, Any] | None = None,
    ) -> Iterator[ReplayStep]:
        """The log step by step with the screen after each; step 0 is the screen at the start."""
        state = self.generate(scenario, seed, params)
        yield ReplayStep(0, {}, "开始", None, self.public_view(state))
        for index, raw in enumerate(log, start=1):
            refusal, label = None, ""
            command: dict[str, Any] = dict(raw) if isinstance(raw, Mapping) else {}
            try:
                typed = self.parse(raw)
                command, label = msgspec.to_builtins(typed), self.describe(typed)
                state = self.reduce(state, typed)
            except CommandRefused as refused:
                refusal = refused.as_dict()
            yield ReplayStep(index, command, label, refusal, self.public_view(state, full=False))

    def check_specs(self, raw: Sequence[Mapping[str, Any]] | Sequence[CheckSpec]) -> list[CheckSpec]:
        """An item's checks, typed. Raises ValueError naming the check that is wrong and how."""
        specs: list[CheckSpec] = []
        for position, entry in enumerate(raw, start=1):
            try:
                spec = entry if isinstance(entry, CheckSpec) else msgspec.convert(entry, type=CheckSpec)
            except msgspec.ValidationError as error:
                raise ValueError(f"第 {position} 条检查：{error}") from error
            predicate = self.predicates.get(spec.check)
            if predicate is None:
                raise ValueError(f"检查 {spec.id}：工作台“{self.label}”没有名为 {spec.check} 的检查")
            if not spec.points.is_finite() or spec.points <= 0:
                raise ValueError(f"检查 {spec.id}：分值必须大于 0")
            try:
                msgspec.convert(spec.params, type=predicate.params)
            except msgspec.ValidationError as error:
                raise ValueError(f"检查 {spec.id} 的参数：{error}") from error
            specs.append(spec)
        if len({spec.id for spec in specs}) != len(specs):
            raise ValueError("检查的 id 不能重复")
        if not any(not spec.penalty for spec in specs):
            raise ValueError("至少要有一条得分的检查")
        return specs

    def grade(
        self,
        initial: S,
        final: S,
        log: Iterable[RawCommand],
        checks: Sequence[Mapping[str, Any]] | Sequence[CheckSpec],
        points: Decimal,
    ) -> Grade:
        """Judge `final` by `checks`, scaled so that all of them right is worth `points`."""
        specs = self.check_specs(checks)
        context = GradingContext(initial=initial, final=final, log=tuple(log))
        scale = points / sum((spec.points for spec in specs if not spec.penalty), ZERO)
        outcomes: list[CheckOutcome] = []
        total = ZERO
        by_requirement: dict[str, list[Decimal]] = {}
        for spec in specs:
            predicate = self.predicates[spec.check]
            result = predicate.judge(context, msgspec.convert(spec.params, type=predicate.params))
            fraction = min(ONE, max(ZERO, result.fraction))
            worth = spec.points * scale
            earned = -worth * fraction if spec.penalty else worth * fraction
            total += earned
            for ref in spec.requirements:
                sums = by_requirement.setdefault(ref.key, [ZERO, ZERO])
                sums[0] += earned / len(spec.requirements)
                if not spec.penalty:
                    sums[1] += worth / len(spec.requirements)
            outcomes.append(
                CheckOutcome(
                    id=spec.id,
                    label=spec.label,
                    penalty=spec.penalty,
                    fraction=fraction,
                    points=cents(earned),
                    max_points=ZERO if spec.penalty else cents(worth),
                    evidence=result.evidence,
                    details=result.details,
                    requirements=tuple(ref.key for ref in spec.requirements),
                )
            )
        return Grade(
            points=cents(min(points, max(ZERO, total))),
            max_points=points,
            checks=tuple(outcomes),
            requirements={
                key: RequirementPoints(cents(max(ZERO, earned)), cents(possible))
                for key, (earned, possible) in sorted(by_requirement.items())
            },
        )

    def plan(self, initial: S, scenario: str) -> list[PlanStep]:
        """The steps of the reference solution for this world."""
        return self.scenarios[scenario].plan(initial)

    def reference(self, initial: S, scenario: str) -> list[RawCommand]:
        """A command log that earns full points."""
        return [command for step in self.plan(initial, scenario) for command in step.right]

    def simulate(self, initial: S, scenario: str, ability: float, rng: Chance) -> list[RawCommand]:
        """What a candidate of `ability` (logits) might do: each sub-step right with Rasch probability."""
        log: list[RawCommand] = []
        shift = self.scenarios[scenario].shift
        for step in self.plan(initial, scenario):
            probability = 1 / (1 + math.exp(step.difficulty + shift - ability))
            log.extend(step.right if rng.random() < probability else step.wrong)
        return log


def cents(value: Decimal) -> Decimal:
    """Rounded half up to two places; never a negative zero."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP) + ZERO


def fraction_of(right: int, total: int) -> Decimal:
    """right / total as a Decimal; one if there was nothing to do."""
    return ONE if total == 0 else Decimal(right) / Decimal(total)
