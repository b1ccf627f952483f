"""Results as each may see them. Schools and candidates see released versions only."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import roles_of
from accounts.enums import Role
from accounts.errors import NotFound
from accounts.models import School, User
from candidates.enums import FINISHED

from ..models import Result


def with_people(rows: QuerySet[Result]) -> QuerySet[Result]:
    """Join what a list of results shows."""
    return rows.select_related(
        "attempt__registration__candidate__school",
        "attempt__registration__session__exam__blueprint__level",
    )


def current_results() -> QuerySet[Result]:
    """The current result of every attempt that still counts."""
    return Result.objects.filter(is_current=True, attempt__state__in=FINISHED)


def released_results() -> QuerySet[Result]:
    """Of each attempt the newest version that was released."""
    newer = Result.objects.filter(
        attempt=OuterRef("attempt"), version__gt=OuterRef("version"), released__isnull=False
    )
    return Result.objects.filter(~Exists(newer), released__isnull=False, attempt__state__in=FINISHED)


def schools_of(user: Any) -> list[int]:
    """The schools in which the user is an officer."""
    return list(user.role_grants.filter(role=Role.OFFICER).values_list("school_id", flat=True))


def released_for_school(school: School | int | list[int]) -> QuerySet[Result]:
    """Released results of the candidates of a school (or of some)."""
    ids = school if isinstance(school, list) else [school if isinstance(school, int) else school.pk]
    return released_results().filter(attempt__registration__candidate__school__in=ids)


def results_for(user: User) -> QuerySet[Result]:
    """What this user may see: examiners all current ones, officers their schools' released ones, candidates
    their own released ones."""
    roles = roles_of(user)
    if Role.EXAMINER in roles:
        return current_results()
    allowed = Q(pk__in=[])
    if Role.OFFICER in roles:
        allowed |= Q(attempt__registration__candidate__school__in=schools_of(user))
    if Role.CANDIDATE in roles:
        allowed |= Q(attempt__registration__candidate__user=user)
    return released_results().filter(allowed)


def own_results(user: User) -> QuerySet[Result]:
    """A candidate's own released results."""
    return released_results().filter(attempt__registration__candidate__user=user)


def get_result(rows: QuerySet[Result], pk: int) -> Result:
    """One of the rows, or NotFound."""
    result = with_people(rows).filter(pk=pk).first()
    if result is None:
        raise NotFound("result_unknown", _("没有这份成绩，或它尚未发布。"))
    return result
