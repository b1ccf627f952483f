"""实操任务：work in a simulated back office, judged by what its end state is.

The public content names the workbench, the scenario and what is asked; the key holds the checks. The world is made
from a seed that depends on the policy: its own for every attempt, one for all candidates of a form, or fixed. The
seed stays on the server, for whoever knows it can compute the world's right end.
"""

from __future__ import annotations

import hashlib
import json
import random
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

import msgspec
import yaml
from django.utils.translation import gettext as _

from assessments.kinds.base import (
    ZERO,
    Drafted,
    FormData,
    Json,
    Kind,
    NeedsPerson,
    Problem,
    Score,
    Strict,
    Text,
    list_of,
)
from assessments.richtext import to_html
from assessments.workbenches import registry
from assessments.workbenches.base import CheckSpec, Workbench
from assessments.workbenches.rng import Prng

MAX_LOG = 5_000
DEFAULT_SCENARIO = "dispatch_day"


class Content(Strict, frozen=True):
    workbench: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
    scenario: Annotated[str, msgspec.Meta(max_length=60)]
    params: dict[str, int] = {}
    seed_policy: Literal["attempt", "form", "fixed"] = "attempt"
    seed: Annotated[str, msgspec.Meta(max_length=60)] = ""
    asks: Annotated[list[Text], msgspec.Meta(max_length=20)] = []


class Key(Strict, frozen=True):
    checks: Annotated[list[CheckSpec], msgspec.Meta(max_length=40)]


class Response(Strict, frozen=True):
    """The accepted commands in order, with the seed of the world; put together on the server."""

    seed: Annotated[str, msgspec.Meta(max_length=80)] = ""
    log: Annotated[list[dict[str, Any]], msgspec.Meta(max_length=MAX_LOG)] = []


def seed_for(content: Json, *, attempt_seed: int = 0, form_seed: int = 0) -> str:
    """The world's seed under the content's policy. `content["seed"]` salts it, so that two tasks differ."""
    policy = content.get("seed_policy", "attempt")
    number = {"attempt": attempt_seed, "form": form_seed}.get(policy, 0)
    parts = (policy, content.get("seed", ""), content.get("scenario", ""), number)
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:24]


def bench_of(content: Json) -> Workbench[Any]:
    """The workbench that the content names; KeyError if there is none."""
    return registry.get(str(content["workbench"]))


def initial_state(content: Json, seed: str) -> Any:
    """The world at the start."""
    return bench_of(content).generate(content["scenario"], seed, content.get("params") or {})


class Practical(Kind[Content, Key, Response]):
    name, label, position = "practical", "实操任务", 90
    content_type, key_type, response_type = Content, Key, Response

    def check(self, stem: str, content: Content, key: Key) -> list[Problem]:
        try:
            bench = registry.get(content.workbench)
        except KeyError:
            known = "、".join(registry.names())
            message = _("没有名为 %s 的工作台") % content.workbench
            return [Problem("content.workbench", "workbench_unknown", message, _("可用：%s") % known)]
        if content.scenario not in bench.scenarios:
            known = "、".join(bench.scenarios)
            message = _("工作台没有场景 %s") % content.scenario
            return [Problem("content.scenario", "scenario_unknown", message, _("可用：%s") % known)]
        problems = []
        if not content.asks:
            problems.append(
                Problem("content.asks", "asks_empty", _("没有列出任务要求"), _("逐条写出要考生完成什么"))
            )
        if content.seed_policy != "attempt" and not content.seed:
            message = _("考生共用数据时必须写种子")
            mend = _("写一个不公开的种子，否则数据可以被推算")
            problems.append(Problem("content.seed", "seed_missing", message, mend))
        try:
            bench.check_specs(key.checks)
        except ValueError as error:
            return [*problems, Problem("key.checks", "check_bad", str(error), _("按工作台的检查清单改正"))]
        for index, spec in enumerate(key.checks):
            if not spec.requirements and not spec.penalty:
                message = _("检查 %s 没有对应的技能要求") % spec.id
                problems.append(
                    Problem(f"key.checks[{index}]", "check_unlinked", message, _("写明 level 和 code"))
                )
        try:
            initial = bench.generate(content.scenario, "0", content.params)
        except ValueError as error:
            return [*problems, Problem("content.params", "params_bad", str(error), _("改正场景参数"))]
        return problems + self._unreachable(bench, content, key, initial)

    def _unreachable(self, bench: Workbench[Any], content: Content, key: Key, initial: Any) -> list[Problem]:
        """Checks that even the reference solution doesn't meet: they ask for what this world doesn't hold."""
        final, log = bench.accepted(initial, bench.reference(initial, content.scenario))
        grade = bench.grade(initial, final, log, key.checks, Decimal(100))
        return [
            Problem(
                f"key.checks[{index}]",
                "check_unreachable",
                _("参考解法在检查 %(id)s 上得不到满分：%(why)s")
                % {"id": outcome.id, "why": outcome.evidence},
                _("换一个场景或检查"),
            )
            for index, outcome in enumerate(grade.checks)
            if (outcome.fraction != 0 if outcome.penalty else outcome.fraction != 1)
        ]

    def blank(self) -> Drafted:
        content = {
            "workbench": registry.names()[0],
            "scenario": DEFAULT_SCENARIO,
            "seed_policy": "attempt",
            "asks": [],
        }
        return Drafted(content, {"checks": []}, {})

    def from_form(self, data: FormData) -> Drafted:
        checks = _yaml(str(data.get("checks", "")), [])
        params = _yaml(str(data.get("params", "")), {})
        content = {
            "workbench": str(data.get("workbench", "")).strip(),
            "scenario": str(data.get("scenario", "")).strip(),
            "seed_policy": str(data.get("seed_policy", "attempt")).strip(),
            "seed": str(data.get("seed", "")).strip(),
            "params": params,
            "asks": [ask for line in list_of(data, "asks") for ask in line.splitlines() if ask.strip()],
        }
        return Drafted(content, {"checks": checks}, {})

    def form_context(self, drafted: Drafted) -> Json:
        content = drafted.content
        checks = drafted.key.get("checks", [])
        text = checks if isinstance(checks, str) else msgspec.yaml.encode(checks).decode() if checks else ""
        return {
            "content": content,
            "asks": "\n".join(str(ask) for ask in content.get("asks") or []),
            "params": _flow(content.get("params")),
            "checks": text,
            "workbenches": [
                {
                    "name": bench.name,
                    "label": bench.label,
                    "scenarios": [
                        {
                            "name": scenario.name,
                            "label": scenario.label,
                            "summary": scenario.summary,
                            "level": scenario.level,
                        }
                        for scenario in bench.scenarios.values()
                    ],
                    "predicates": [
                        {"name": entry.name, "label": entry.label} for entry in bench.predicates.values()
                    ],
                }
                for bench in registry.all_workbenches()
            ],
        }

    def public(self, content: Json, seed: int = 0) -> Json:
        """Workbench, scenario and asks: never the seed, from which the right end could be computed."""
        parsed = self.read_content(content)
        return {
            "workbench": parsed.workbench,
            "scenario": parsed.scenario,
            "asks": [to_html(ask, inline=True) for ask in parsed.asks],
        }

    def answered(self, response: Response) -> bool:
        return bool(response.log)

    def score(self, content: Json, key: Json, response: Any, points: Decimal) -> Score | NeedsPerson:
        """Points of the end state, with every check and requirement in the detail."""
        if not self.is_answered(response):
            return Score(ZERO, {"answered": False})
        try:
            parsed = msgspec.convert(response, Response)
        except msgspec.ValidationError as error:
            return NeedsPerson("response_unreadable", {"error": str(error)})
        try:
            bench = bench_of(content)
            checks = self.read_key(key).checks
            initial = initial_state(content, parsed.seed)
        except (msgspec.ValidationError, KeyError, ValueError) as error:
            return NeedsPerson("item_unreadable", {"error": str(error)})
        final, accepted = bench.accepted(initial, parsed.log)
        grade = bench.grade(initial, final, accepted, checks, points)
        detail = {"answered": True, "commands": len(accepted), **msgspec.to_builtins(grade)}
        return Score(grade.points, detail)

    def share(self, content: Content, key: Key, response: Response) -> tuple[Fraction, Json]:
        raise NotImplementedError("practical tasks are scored as a whole")

    def key_response(self, content: Json, key: Json) -> Json:
        seed = seed_for(content)
        return {
            "seed": seed,
            "log": bench_of(content).reference(initial_state(content, seed), content["scenario"]),
        }

    def random_response(self, content: Json, rng: random.Random) -> Json:
        seed = seed_for(content)
        initial = initial_state(content, seed)
        log = bench_of(content).simulate(initial, content["scenario"], -4.0, Prng(rng.random()))
        return {"seed": seed, "log": log}

    def words(self, content: Content, response: Response) -> str:
        bench = registry.get(content.workbench)
        lines = [
            step.label
            for step in bench.replay_steps(content.scenario, response.seed, response.log, content.params)
        ]
        return "\n".join(lines[1:]) or _("没有操作")

    def key_words(self, content: Content, key: Key) -> str:
        return "\n".join(f"{'－' if spec.penalty else '＋'}{spec.points} {spec.label}" for spec in key.checks)


def _yaml(text: str, empty: Any) -> Any:
    """What an author typed as YAML, in plain JSON types; the text itself where it can't be read or uses anchors."""
    try:
        if any(isinstance(token, yaml.AnchorToken) for token in yaml.scan(text)):
            return text
        found = msgspec.to_builtins(msgspec.yaml.decode(text)) if text.strip() else None
        json.dumps(found, allow_nan=False)
    except (yaml.YAMLError, msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        return text
    return empty if found is None else found


def _flow(params: Any) -> str:
    """Params on one line, as an author would type them."""
    if not isinstance(params, dict):
        return str(params or "")
    return "{" + ", ".join(f"{name}: {value}" for name, value in params.items()) + "}" if params else ""


KIND = Practical()
