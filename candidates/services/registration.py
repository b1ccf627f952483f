"""Registering candidates for a session: people, tickets, seats, forms, attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.errors import Invalid, Refusal
from accounts.models import RoleGrant, School, User
from accounts.services import audit
from assessments.enums import FormState, SessionState
from assessments.models import ExamSession

from .. import identity
from ..importing import RosterRow, read_roster
from ..models import Candidate, Registration
from ..rules import access_code
from .attempts import prepare_attempts


@dataclass(frozen=True, slots=True)
class Registered:
    """What an import did. made: new candidates; known: candidates the school had; registered: new places."""

    made: int
    known: int
    registered: int
    already: int


def import_roster(
    *, school: School, session: ExamSession | None, data: bytes, filename: str, actor: User
) -> Registered:
    """Read a roster and register everyone in it, all or nothing.

    Raises Invalid `roster_rows` with `data.problems` (line, column, message, hint) when any row is wrong.
    """
    roster = read_roster(data, filename=filename)
    if roster.problems:
        problems = [
            {"line": p.line, "column": p.column, "message": p.message, "hint": p.hint}
            for p in roster.problems
        ]
        raise Invalid(
            "roster_rows",
            _("%(n)d 处需要改正，尚未导入任何考生。") % {"n": len(problems)},
            hint=_("请按行号改正后重新上传整个文件。"),
            data={"problems": problems},
        )
    return register_rows(school=school, session=session, rows=roster.rows, actor=actor)


@transaction.atomic
def register_rows(
    *, school: School, session: ExamSession | None, rows: Sequence[RosterRow], actor: User
) -> Registered:
    """Make or update the school's candidates and register them. Registering twice changes nothing."""
    candidates, made = _ensure_candidates(school, rows)
    registered = 0
    if session is not None:
        registered = _register(session, school, rows, candidates, actor)
    audit.record(
        actor=actor,
        verb="candidate.import",
        target=session or school,
        school=school,
        data={"rows": len(rows), "made": made, "registered": registered},
    )
    return Registered(made, len(rows) - made, registered, len(rows) - registered if session else 0)


def ticket_code(registration: Registration) -> str:
    """The access code printed on this registration's ticket."""
    return access_code(settings.SECRET_KEY, registration.ticket_no)


def _ensure_candidates(school: School, rows: Sequence[RosterRow]) -> tuple[dict[str, Candidate], int]:
    """The candidates of the rows by blind index, making those the school does not have yet."""
    blinds = {row.id_number: identity.blind(row.id_number) for row in rows}
    held = {
        candidate.id_blind: candidate
        for candidate in Candidate.objects.select_for_update().filter(
            school=school, id_blind__in=blinds.values()
        )
    }
    new_rows = [row for row in rows if blinds[row.id_number] not in held]
    users = User.objects.bulk_create(
        [
            User(
                username=f"k{school.pk}-{blinds[row.id_number][:20]}",
                display_name=row.name,
                password=make_password(None),
            )
            for row in new_rows
        ]
    )
    RoleGrant.objects.bulk_create(
        [RoleGrant(user=user, role=Role.CANDIDATE, school=school) for user in users]
    )
    made = Candidate.objects.bulk_create(
        [
            Candidate(
                school=school,
                user=user,
                name=row.name,
                student_no=row.student_no,
                class_name=row.class_name,
                id_cipher=identity.seal(row.id_number),
                id_blind=blinds[row.id_number],
                id_masked=identity.mask(row.id_number),
            )
            for row, user in zip(new_rows, users, strict=True)
        ]
    )
    for row in rows:
        candidate = held.get(blinds[row.id_number])
        if candidate is not None and candidate.name != row.name:
            raise Invalid(
                "candidate_name_differs",
                _("第 %(line)d 行：该证件号已登记为“%(held)s”，与文件中的“%(given)s”不同。")
                % {"line": row.line, "held": candidate.name, "given": row.name},
                hint=_("请核对姓名；确需更名请在考生页面修改。"),
                data={
                    "problems": [
                        {
                            "line": row.line,
                            "column": _("姓名"),
                            "message": _("与已登记的姓名不同。"),
                            "hint": _("请核对。"),
                        }
                    ]
                },
            )
    held.update({candidate.id_blind: candidate for candidate in made})
    return {number: held[blind] for number, blind in blinds.items()}, len(made)


def _register(
    session: ExamSession,
    school: School,
    rows: Sequence[RosterRow],
    candidates: dict[str, Candidate],
    actor: User,
) -> int:
    session = ExamSession.objects.select_for_update().select_related("exam").get(pk=session.pk)
    if session.state != SessionState.PLANNED:
        raise Refusal(
            "session_not_planned", _("考次已开始或已结束，不能再报名。"), hint=_("请选择未开始的考次。")
        )
    forms = list(
        session.exam.forms.filter(state=FormState.FROZEN).order_by("label").values_list("pk", flat=True)
    )
    if not forms:
        raise Refusal(
            "exam_without_forms", _("考试还没有已冻结的试卷。"), hint=_("请考务先冻结试卷并加入考试。")
        )
    _refuse_other_sessions(session, candidates)
    places = set(
        Registration.objects.filter(session=session, candidate__in=candidates.values()).values_list(
            "candidate_id", flat=True
        )
    )
    count = Registration.objects.filter(session=session).count()
    made = []
    for row in rows:
        candidate = candidates[row.id_number]
        if candidate.pk in places:
            continue
        count += 1
        made.append(
            Registration(
                session=session,
                candidate=candidate,
                form_id=forms[(count - 1) % len(forms)],
                ticket_no=ticket_number(session, count),
                seat=f"{count:02d}",
                extra_minutes=row.extra_minutes,
            )
        )
    prepare_attempts(Registration.objects.bulk_create(made))
    return len(made)


def _refuse_other_sessions(session: ExamSession, candidates: dict[str, Candidate]) -> None:
    """One place per person and exam, across schools and sessions."""
    blinds = [candidate.id_blind for candidate in candidates.values()]
    taken = list(
        Registration.objects.filter(session__exam=session.exam, candidate__id_blind__in=blinds)
        .exclude(session=session)
        .values_list("candidate__name", flat=True)[:10]
    )
    if taken:
        raise Refusal(
            "already_registered",
            _("以下考生已报名本考试的其他考次：%(names)s") % {"names": "、".join(taken)},
            hint=_("同一考试每人只能报一个考次，请从文件中删去这些行。"),
        )


def ticket_number(session: ExamSession, count: int) -> str:
    """Year, session, place, and a Luhn check digit: 14 digits that a person can type."""
    year = timezone.localtime(session.starts_at).year % 100
    body = f"{year:02d}{session.pk % 10**6:06d}{count:05d}"
    return body + luhn(body)


def luhn(digits: str) -> str:
    """Check digit by ISO/IEC 7812-1 annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
