"""Simulated markers: they mark over HTTP, through the same screens as people, blind to each other."""

from __future__ import annotations

import json
import random
import threading
from typing import Any

from .person import Page, Person

MOST = 5000


def mark_everything(markers: list[Person], arbiter: Person, *, seed: int) -> None:
    """Two markers at once until nothing is left, then the arbiter."""
    failures: list[BaseException] = []

    def work(person: Person, number: int) -> None:
        try:
            _mark_all(person, "/marking", random.Random(f"{seed}/{number}"), blur=0.12)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(person, number)) for number, person in enumerate(markers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    _mark_all(arbiter, "/arbitration", random.Random(f"{seed}/arbiter"), blur=0.0)


def _mark_all(person: Person, where: str, rng: random.Random, *, blur: float) -> int:
    page = person.post(f"{where}/next", {}, page=f"{where}/")
    marked = 0
    while page.path.rstrip("/") != where:
        marked += 1
        if marked > MOST:
            raise RuntimeError(f"{where} does not come to an end")
        data = _data(page)
        fields = {
            f"points-{criterion['id']}": _judge(criterion, data["response"], rng, blur)
            for criterion in data["criteria"]
        }
        page = person.post(f"{where}/{data['task']}/", {**fields, "comment": "", "then": "next"})
    return marked


def _data(page: Page) -> dict[str, Any]:
    found = page.tree.xpath('//script[@id="marking-data"]')
    if not found:
        raise RuntimeError(f"{page.path} holds no marking data: {page.text[:300]}")
    return json.loads(found[0].text)  # type: ignore[no-any-return]


def _judge(criterion: dict[str, Any], response: str, rng: random.Random, blur: float) -> str:
    """The level whose share of points is nearest to how much the answer says, now and then one off."""
    levels = sorted(criterion["levels"], key=float)
    worth = min(1.0, len(response.strip()) / 120) if len(response.strip()) > 8 else 0.0
    at = round(worth * (len(levels) - 1))
    if rng.random() < blur:
        at += rng.choice((-1, 1))
    return str(levels[min(max(at, 0), len(levels) - 1)])
