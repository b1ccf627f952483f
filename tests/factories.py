"""Small real worlds for tests: a published edition, approved items, a frozen form, an exam, a session.

Everything goes through the same services as the product where there is one; plain model rows elsewhere.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.enums import Role
from accounts.models import RoleGrant, School, User
from assessments.enums import BlueprintState, ExamState, ItemState, RevisionState
from assessments.models import (
    Blueprint,
    BlueprintRow,
    BlueprintSection,
    Exam,
    ExamForm,
    ExamSession,
    Form,
    FormSlot,
    Item,
    ItemRevision,
    RevisionRequirement,
)
from assessments.services.forms import freeze_form
from candidates.identity import check_digit
from candidates.importing import RosterRow
from candidates.models import Attempt, Registration
from candidates.services.registration import register_rows
from standards.enums import EditionState
from standards.models import Domain, Edition, Level, Requirement, Standard, Task

_numbers = itertools.count(1)

CHOICE: dict[str, Any] = {
    "kind": "single_choice",
    "stem": "买家要求发货前更改收货地址，应先做什么？",
    "content": {
        "options": [
            {"id": "A", "text": "核对订单是否已发货"},
            {"id": "B", "text": "直接取消订单"},
            {"id": "C", "text": "让买家重新下单"},
            {"id": "D", "text": "不予理会"},
        ]
    },
    "key": {"answer": "A"},
}
BLANK: dict[str, Any] = {
    "kind": "fill_blank",
    "stem": "从海外仓发出的订单称为{{1}}订单。",
    "content": {"blanks": [{"id": "1", "width": 8}]},
    "key": {"blanks": {"1": {"accept": ["海外仓"]}}},
}
OPEN: dict[str, Any] = {
    "kind": "short_answer",
    "stem": "买家称未收到货，请写出处理步骤。",
    "content": {"max_chars": 300},
    "key": {
        "rubric": [
            {
                "id": "c1",
                "criterion": "查物流",
                "points": "2",
                "levels": [
                    {"points": "2", "descriptor": "先查轨迹并据此判断"},
                    {"points": "1", "descriptor": "只提到查询"},
                    {"points": "0", "descriptor": "未提到"},
                ],
            },
            {
                "id": "c2",
                "criterion": "给方案",
                "points": "2",
                "levels": [
                    {"points": "2", "descriptor": "按规则给出补发或退款"},
                    {"points": "0", "descriptor": "未给出"},
                ],
            },
        ],
        "sample_answer": "先查物流轨迹，再按平台规则补发或退款。",
    },
}


def make_user(*roles: Role, school: School | None = None, name: str = "") -> User:
    number = next(_numbers)
    user = User.objects.create_user(
        username=f"u{number}", password="Correct-horse-7", display_name=name or f"用户{number}"
    )
    RoleGrant.objects.bulk_create(
        [
            RoleGrant(user=user, role=role, school=school if role in (Role.OFFICER, Role.CANDIDATE) else None)
            for role in roles
        ]
    )
    return user


def make_school(name: str = "") -> School:
    number = next(_numbers)
    return School.objects.create(code=f"S{number:04d}", name=name or f"第{number}职业学院")


def make_edition(*, levels: int = 1, requirements: int = 2) -> Edition:
    """A published edition: one domain, one task and `requirements` requirements in each level."""
    number = next(_numbers)
    standard = Standard.objects.create(code=f"std-{number}", title="订单处理职业技能等级标准")
    edition = Edition.objects.create(standard=standard, label="2026", title=standard.title)
    for n, name in enumerate(("初级", "中级", "高级")[:levels], start=1):
        level = Level.objects.create(edition=edition, number=n, name=name)
        domain = Domain.objects.create(level=level, position=1, code="1", name="平台基础操作")
        task = Task.objects.create(domain=domain, position=1, code="1.1", name="订单处理")
        for r in range(1, requirements + 1):
            Requirement.objects.create(
                task=task, position=r, code=f"1.1.{r}", text=f"能够处理第 {r} 类订单。"
            )
    edition.state, edition.published_at = EditionState.PUBLISHED, timezone.now()
    edition.save()
    return edition


def make_item(edition: Edition, requirement: Requirement, author: User, reviewer: User, **spec: Any) -> Item:
    """A live item with one approved revision."""
    spec = {**CHOICE, **spec}
    number = next(_numbers)
    item = Item.objects.create(
        edition=edition, code=spec.get("code", f"T-{number}"), kind=spec["kind"], created_by=author
    )
    revision = ItemRevision.objects.create(
        item=item,
        number=1,
        stem=spec["stem"],
        content=spec["content"],
        key=spec["key"],
        rationale=spec.get("rationale", "见平台规则。"),
        option_rationale=spec.get("option_rationale", {}),
        difficulty=Decimal(spec.get("difficulty", "0.60")),
        cognitive=spec.get("cognitive", "apply"),
        author=author,
    )
    RevisionRequirement.objects.create(revision=revision, requirement=requirement)
    revision.state, revision.approved_by, revision.approved_at = (
        RevisionState.APPROVED,
        reviewer,
        timezone.now(),
    )
    revision.save()
    item.current = item.latest = revision
    item.state = ItemState.LIVE
    item.save()
    return item


@dataclass
class World:
    """What `make_world` made."""

    edition: Edition
    level: Level
    requirements: list[Requirement]
    author: User
    reviewer: User
    examiner: User
    invigilator: User
    school: School
    items: list[Item]
    blueprint: Blueprint
    form: Form
    slots: list[FormSlot]
    exam: Exam
    session: ExamSession


def make_world(
    *specs: dict[str, Any],
    minutes: int = 60,
    starts_in: timedelta = timedelta(minutes=-1),
    needs_admission: bool = False,
    shuffle: bool = False,
    points: str = "2",
    pass_rules: dict[str, Any] | None = None,
) -> World:
    """A session whose form holds one item per spec (default: CHOICE, BLANK, OPEN)."""
    author, reviewer = make_user(Role.AUTHOR), make_user(Role.REVIEWER)
    examiner, invigilator = make_user(Role.EXAMINER), make_user(Role.INVIGILATOR)
    edition = make_edition()
    level = edition.levels.get()
    requirements = list(Requirement.objects.filter(task__domain__level=level).order_by("position"))
    items = [
        make_item(edition, requirements[n % len(requirements)], author, reviewer, **spec)
        for n, spec in enumerate(specs or (CHOICE, BLANK, OPEN))
    ]
    blueprint = Blueprint.objects.create(
        edition=edition,
        level=level,
        title="初级考试",
        minutes=minutes,
        pass_rules=pass_rules or {"total": "60"},
        created_by=examiner,
    )
    section = BlueprintSection.objects.create(blueprint=blueprint, position=1, title="试题", shuffle=shuffle)
    row = BlueprintRow.objects.create(
        section=section,
        position=1,
        task=requirements[0].task,
        count=len(items),
        points_each=Decimal(points),
    )
    blueprint.state = BlueprintState.READY
    blueprint.save()
    form = Form.objects.create(blueprint=blueprint, label="A")
    slots = [
        FormSlot.objects.create(
            form=form, section=section, row=row, position=n, revision=item.current, points=Decimal(points)
        )
        for n, item in enumerate(items, start=1)
    ]
    form = freeze_form(form=form, actor=examiner)
    exam = Exam.objects.create(
        blueprint=blueprint,
        title="初级考试 2026",
        state=ExamState.OPEN,
        pass_rules=blueprint.pass_rules,
        created_by=examiner,
    )
    ExamForm.objects.create(exam=exam, form=form)
    starts_at = timezone.now() + starts_in
    session = ExamSession.objects.create(
        exam=exam,
        name="第一考次",
        room="机房 1",
        starts_at=starts_at,
        closes_at=starts_at + timedelta(minutes=minutes + 60),
        minutes=minutes,
        needs_admission=needs_admission,
        created_by=examiner,
    )
    session.invigilators.add(invigilator)
    return World(
        edition, level, requirements, author, reviewer, examiner, invigilator, make_school(), items,
        blueprint, form, slots, exam, session,
    )  # fmt: skip


def identity_number(n: int) -> str:
    """A well-formed, made-up identity number."""
    first = f"370102{1990 + n % 15}{n % 12 + 1:02d}{n % 28 + 1:02d}{n % 1000:03d}"
    return first + check_digit(first)


def register(world: World, count: int = 1, school: School | None = None) -> list[Registration]:
    """Register `count` new made-up candidates for the world's session."""
    school = school or world.school
    rows = []
    for _unused in range(count):
        n = next(_numbers)
        rows.append(RosterRow(line=n, name=f"考生{n}", id_number=identity_number(n)))
    register_rows(school=school, session=world.session, rows=rows, actor=world.examiner)
    return list(
        Registration.objects.filter(session=world.session, candidate__school=school)
        .select_related("candidate__user", "session")
        .order_by("pk")
    )[-count:]


def attempt_of(registration: Registration) -> Attempt:
    return Attempt.objects.get(registration=registration)
