"""What waits for invigilators and school officers, and their links."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.home import Card, register_card
from accounts.nav import register_nav
from assessments import session_figures
from assessments.enums import SessionState

from .enums import LateState
from .models import LateUpload, Registration
from .queries.own import OVER, database_clock, own_places
from .queries.registration import invigilated_for, sessions_for


def register() -> None:
    """Called once, by the app's configuration."""
    register_nav(
        Role.OFFICER, Role.EXAMINER, label=_("考生"), url_name="candidates:candidate_list", icon="user",
        group="delivery", order=30,
    )  # fmt: skip
    register_nav(
        Role.OFFICER, Role.EXAMINER, label=_("报名与准考证"), url_name="candidates:session_list",
        icon="calendar", group="delivery", order=40,
    )  # fmt: skip
    register_nav(
        Role.INVIGILATOR, Role.EXAMINER, label=_("监考"), url_name="candidates:board_list", icon="eye",
        group="delivery", order=50,
    )  # fmt: skip
    register_nav(
        Role.CANDIDATE, label=_("我的考试"), url_name="candidates:home", icon="item", group="", order=10
    )
    register_card(Role.CANDIDATE, own_exams)
    session_figures.register("registered", _("报名"), registered_by_session)
    register_card(Role.OFFICER, sessions_to_register)
    register_card(Role.INVIGILATOR, sessions_to_watch)
    register_card(Role.EXAMINER, late_uploads)


def own_exams(user: Any) -> Card:
    places = own_places(user, database_clock())
    ahead = [place for place in places if place.step not in OVER]
    pressing = any(place.step in ("start", "go_on", "paused") for place in ahead)
    return Card(
        _("我的考试"),
        len(ahead),
        reverse("candidates:home"),
        hint=_("可以进入考试了") if pressing else _("看开考时间、进入候考、查看回执"),
        tone="warn" if pressing else "",
        icon="item",
    )


def registered_by_session(ids: Collection[int]) -> dict[int, int]:
    """How many are registered, by session; in one statement."""
    rows = Registration.objects.filter(session__in=ids).values_list("session").annotate(n=Count("pk"))
    return dict(rows.order_by())


def sessions_to_register(user: Any) -> Card:
    count = sessions_for(user).filter(state=SessionState.PLANNED).count()
    return Card(
        _("可报名的考次"),
        count,
        reverse("candidates:session_list"),
        hint=_("导入名单即完成报名"),
        icon="calendar",
    )


def sessions_to_watch(user: Any) -> Card:
    rows = invigilated_for(user)
    running = rows.filter(state=SessionState.OPEN).count()
    if running:
        return Card(
            _("正在进行的考次"), running, reverse("candidates:board_list"), hint=_("进入监考"), tone="warn"
        )
    planned = rows.filter(state=SessionState.PLANNED).count()
    return Card(_("待开考的考次"), planned, reverse("candidates:board_list"), icon="calendar", idle=True)


def late_uploads(user: Any) -> Card | None:
    waiting = LateUpload.objects.filter(state=LateState.WAITING).count()
    if not waiting:
        return None
    return Card(
        _("迟交材料待处理"),
        waiting,
        reverse("candidates:board_list"),
        hint=_("考试结束后才传上来的答案"),
        tone="warn",
    )
