"""What waits in grading, for the home page of each role: one cheap statement a card."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.home import Card

from .enums import CertificateState, MarkingState, ReleaseState
from .models import MarkingTask, Release
from .queries.certificates import certificates_for_officer, own_certificates, pending_revocations
from .queries.results import own_results, released_for_school, schools_of


def marking_card(user: Any) -> Card:
    """Answers that wait for markers."""
    counts = MarkingTask.objects.filter(round__in=[1, 2]).aggregate(
        waiting=Count("pk", filter=~Q(state=MarkingState.DONE) & (Q(marker=None) | Q(marker=user))),
        mine=Count("pk", filter=Q(state=MarkingState.DONE, marker=user)),
    )
    hint = _("您已评 %(n)d 份") % {"n": counts["mine"]}
    return Card(_("待评作答"), counts["waiting"], reverse("grading:marking_home"), hint=hint, icon="mark")


def arbitration_card(_user: Any) -> Card:
    """Disputed answers."""
    count = MarkingTask.objects.filter(round=3).exclude(state=MarkingState.DONE).count()
    return Card(
        _("待仲裁作答"),
        count,
        reverse("grading:arbitration_home"),
        hint=_("两位评阅人相差过大"),
        icon="scale",
    )


def release_cards(user: Any) -> list[Card]:
    """Releases and revocations that wait for a second person."""
    asked = Release.objects.filter(state=ReleaseState.REQUESTED).exclude(requested_by=user).count()
    revocations = sum(1 for event in pending_revocations()[:100] if event.data.get("by") != user.pk)
    cards = [
        Card(
            _("待批准的成绩发布"),
            asked,
            reverse("grading:exam_results"),
            hint=_("由另一位考务人员申请"),
            tone="warn" if asked else "",
            icon="score",
        )
    ]
    if revocations:
        cards.append(
            Card(
                _("待确认的证书撤销"),
                revocations,
                reverse("grading:certificate_list"),
                tone="warn",
                icon="certificate",
            )
        )
    return cards


def candidate_cards(user: Any) -> list[Card]:
    """The candidate's results and certificates."""
    return [
        Card(
            _("我的成绩"), own_results(user).count(), reverse("grading:my_results"), icon="score", idle=True
        ),
        Card(
            _("我的证书"),
            own_certificates(user).filter(state=CertificateState.ISSUED).count(),
            reverse("grading:my_certificates"),
            icon="certificate",
            idle=True,
        ),
    ]


def officer_cards(user: Any) -> list[Card]:
    """The school's released results and certificates."""
    return [
        Card(
            _("本校已发布成绩"),
            released_for_school(schools_of(user)).count(),
            reverse("grading:school_results"),
            icon="score",
            idle=True,
        ),
        Card(
            _("本校证书"),
            certificates_for_officer(user).filter(state=CertificateState.ISSUED).count(),
            reverse("grading:school_certificates"),
            icon="certificate",
            idle=True,
        ),
    ]
