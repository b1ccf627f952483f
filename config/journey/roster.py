"""Sixty made-up candidates of two schools. The area code 999900 is not assigned to any place."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass

from candidates.identity import check_digit

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = [
    "思远",
    "雨桐",
    "子涵",
    "嘉怡",
    "浩然",
    "欣妍",
    "志强",
    "晓彤",
    "俊杰",
    "梦琪",
    "文博",
    "诗雨",
    "宇航",
    "佳宁",
    "明轩",
    "若曦",
    "天佑",
    "雅静",
    "一鸣",
    "书瑶",
    "鹏飞",
    "婉清",
    "立新",
    "心怡",
    "景行",
    "可欣",
    "泽宇",
    "静雯",
    "少华",
    "紫萱",
]


@dataclass(frozen=True, slots=True)
class MadeUp:
    """ability: in logits; the truth the simulation answers from."""

    name: str
    id_number: str
    student_no: str
    class_name: str
    extra_minutes: int
    ability: float


def make_roster(school: str, level: int, count: int, *, seed: int) -> list[MadeUp]:
    rng = random.Random(f"{seed}/{school}/{level}")
    people = []
    for n in range(count):
        first = f"999900{rng.randint(2003, 2007)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
        first += f"{rng.randint(0, 999):03d}"
        people.append(
            MadeUp(
                name=rng.choice(SURNAMES) + rng.choice(GIVEN),
                id_number=first + check_digit(first),
                student_no=f"{school}{level}{n + 1:03d}",
                class_name=f"电商 {2400 + level} 班",
                extra_minutes=1 if n == count - 1 else 0,
                ability=rng.gauss(0.9, 0.9),
            )
        )
    return people


def as_csv(people: list[MadeUp]) -> bytes:
    """As a school would send it: UTF-8 with BOM, Chinese headers."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["姓名", "证件号", "学号", "班级", "额外时间"])
    for one in people:
        writer.writerow([one.name, one.id_number, one.student_no, one.class_name, one.extra_minutes or ""])
    return b"\xef\xbb\xbf" + text.getvalue().encode()
