"""What the item bank adds to the navigation and to the home pages of authors and reviewers."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.home import Card, register_card
from accounts.models import User
from accounts.nav import register_nav
from standards.coverage import Coverage, register_provider
from standards.models import Edition


def register() -> None:
    """Called once when the app is ready."""
    register_provider(item_coverage)
    readers = (Role.AUTHOR, Role.REVIEWER, Role.EXAMINER)
    register_nav(
        *readers, label=_("题库"), url_name="assessments:item_list", icon="item", group="bank", order=10
    )
    register_nav(
        Role.REVIEWER,
        label=_("待审题目"),
        url_name="assessments:review_queue",
        icon="eye",
        group="bank",
        order=15,
    )
    register_card(Role.AUTHOR, author_cards)
    register_card(Role.REVIEWER, reviewer_card)


def item_coverage(edition: Edition) -> dict[int, Coverage]:
    """What the bank holds for each requirement, for the standard's coverage map."""
    from .queries.items import coverage_of

    return {
        pk: Coverage(items=held.held, usable=held.approved, kinds=len(held.kinds), practical=held.practical)
        for pk, held in coverage_of(edition).items()
    }


def author_cards(user: User) -> list[Card]:
    from .enums import RevisionState
    from .models import Item

    mine = Item.objects.filter(latest__author=user)
    drafts = mine.filter(latest__state=RevisionState.DRAFT)
    returned = drafts.filter(latest__submitted_at__isnull=False).count()
    listing = reverse("assessments:item_list")
    return [
        Card(
            _("退回修改的题目"),
            returned,
            f"{listing}?mine=1&state=draft",
            hint=_("审题人写了意见"),
            tone="warn",
            icon="edit",
        ),
        Card(
            _("我的草稿"),
            drafts.count() - returned,
            f"{listing}?mine=1&state=draft",
            hint=_("写完后送审"),
            icon="edit",
        ),
        Card(
            _("新建题目"), None, reverse("assessments:item_new"), hint=_("选题型和职业技能要求"), icon="plus"
        ),
    ]


def reviewer_card(user: User) -> Card:
    from .queries.items import review_queue

    return Card(
        _("待审题目"),
        review_queue(user).count(),
        reverse("assessments:review_queue"),
        hint=_("按送审的先后"),
        icon="eye",
    )
