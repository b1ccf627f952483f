"""What blueprints, forms and exams add to the navigation and to the examiner's home page."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.home import Card, register_card
from accounts.models import User
from accounts.nav import register_nav


def register() -> None:
    """Called once when the app is ready."""
    readers = (Role.EXAMINER,)
    register_nav(
        *readers,
        label=_("双向细目表"),
        url_name="assessments:blueprint_list",
        icon="grid",
        group="bank",
        order=30,
    )
    register_nav(
        *readers, label=_("试卷"), url_name="assessments:form_list", icon="form", group="bank", order=40
    )
    register_nav(
        *readers, label=_("考试"), url_name="assessments:exam_list", icon="book", group="delivery", order=10
    )
    register_nav(
        *readers,
        label=_("考次"),
        url_name="assessments:session_list",
        icon="calendar",
        group="delivery",
        order=20,
    )
    register_card(Role.EXAMINER, assembly_cards)
    register_card(Role.EXAMINER, session_card)


def assembly_cards(user: User) -> list[Card]:
    """Drafts to settle or freeze."""
    from .enums import BlueprintState, FormState
    from .models import Blueprint, Form

    drafts = Blueprint.objects.filter(state=BlueprintState.DRAFT).count()
    unfrozen = Form.objects.filter(state=FormState.DRAFT).count()
    listing = reverse("assessments:blueprint_list")
    return [
        Card(
            _("待定稿的细目表"), drafts, f"{listing}?state=draft", hint=_("核对题量与分值后定稿"), icon="grid"
        ),
        Card(
            _("待冻结的试卷"),
            unfrozen,
            f"{reverse('assessments:form_list')}?state=draft",
            hint=_("审阅、换题后冻结"),
            icon="form",
        ),
        Card(
            _("拟一份细目表"),
            None,
            reverse("assessments:blueprint_new"),
            hint=_("按标准和题库一键拟定"),
            icon="plus",
        ),
    ]


def session_card(user: User) -> Card:
    """Sessions of the next seven days."""
    from .enums import SessionState
    from .models import ExamSession

    soon = ExamSession.objects.exclude(state=SessionState.CLOSED).filter(
        starts_at__lt=timezone.now() + timedelta(days=7)
    )
    return Card(
        _("七天内的考次"),
        soon.count(),
        reverse("assessments:session_list"),
        hint=_("考场、监考与报名"),
        icon="calendar",
        idle=True,
    )
