"""A small published standard and item texts that are fit for review, for the tests of the item bank."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone

from assessments.bank import Manifest
from assessments.models import Item
from assessments.services import items as item_services
from assessments.services import reviews
from assessments.services.items import ItemText
from standards.models import Domain, Edition, Level, Requirement, Standard, Task

TREE = {
    "初级": {"1.1": 3, "1.2": 2, "2.1": 3, "2.2": 2, "3.1": 2, "3.2": 3, "3.3": 2},
    "中级": {"1.1": 3, "1.2": 4, "1.3": 4, "2.1": 3, "2.2": 4, "2.3": 3, "3.1": 3, "3.2": 4, "3.3": 4},
    "高级": {"1.1": 5, "1.2": 3, "1.3": 4, "2.1": 4, "2.2": 4, "2.3": 2, "2.4": 2},
}


def make_edition(code: str = "kuajing", tree: dict[str, dict[str, int]] | None = None) -> Edition:
    """A published edition with the shape of the first standard (or another tree)."""
    standard = Standard.objects.create(code=code, title="跨境电商出口 B2C 运营")
    edition = Edition.objects.create(
        standard=standard, label="1", title="跨境电商出口 B2C 运营职业技能等级标准"
    )
    for number, (name, tasks) in enumerate((tree or TREE).items(), 1):
        level = Level.objects.create(edition=edition, number=number, name=name)
        domains: dict[str, Domain] = {}
        for position, (task_code, count) in enumerate(tasks.items(), 1):
            domain_code = task_code.split(".")[0]
            if domain_code not in domains:
                domains[domain_code] = Domain.objects.create(
                    level=level, position=int(domain_code), code=domain_code, name=f"工作领域{domain_code}"
                )
            task = Task.objects.create(
                domain=domains[domain_code], position=position, code=task_code, name=f"工作任务{task_code}"
            )
            Requirement.objects.bulk_create(
                Requirement(
                    task=task, position=n, code=f"{task_code}.{n}", text=f"能够完成{name}{task_code}.{n}"
                )
                for n in range(1, count + 1)
            )
    Edition.objects.filter(pk=edition.pk).update(state="published", published_at=timezone.now())
    edition.refresh_from_db()
    return edition


def requirement(edition: Edition, level: str = "初级", code: str = "1.1.1") -> Requirement:
    return Requirement.objects.get(
        task__domain__level__edition=edition, task__domain__level__name=level, code=code
    )


def single_choice(edition: Edition, topic: str = "订单处理", **changes: Any) -> ItemText:
    """A single choice that passes the checklist."""
    text = ItemText(
        stem=f"买家付款后要求更改收货地址，关于{topic}，卖家应先怎么做？",
        content={
            "options": [
                {"id": "A", "text": "核对订单是否已经发货"},
                {"id": "B", "text": "直接按原来的地址发货"},
                {"id": "C", "text": "取消订单并且关闭店铺"},
                {"id": "D", "text": "请买家到别的平台下单"},
            ]
        },
        key={"answer": "A"},
        rationale="改地址之前先看订单是否已经发出，未发出才能改。",
        option_rationale={"A": "先核对状态", "B": "忽视了买家要求", "C": "处置过当", "D": "违反平台规则"},
        cognitive="apply",
        difficulty=Decimal("0.65"),
        requirements=[(requirement(edition).pk, Decimal(1))],
    )
    for name, value in changes.items():
        setattr(text, name, value)
    return text


def make_item(edition: Edition, author: Any, topic: str = "订单处理", **changes: Any) -> Item:
    return item_services.create_item(
        actor=author, edition=edition, kind="single_choice", text=single_choice(edition, topic, **changes)
    )


def live_item(edition: Edition, author: Any, reviewer: Any, topic: str = "订单处理") -> Item:
    item = make_item(edition, author, topic)
    reviews.submit_for_review(actor=author, revision=item.latest)
    reviews.approve(actor=reviewer, revision=item.latest)
    item.refresh_from_db()
    item = reviews.publish_live(actor=reviewer, item=item)
    return Item.objects.select_related("latest", "current").get(pk=item.pk)


def manifest() -> Manifest:
    return Manifest(prefixes={"J": "初级", "M": "中级", "S": "高级"}, requirements=TREE)
