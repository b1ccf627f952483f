"""Which standards and editions a user may see."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.access import roles_of
from accounts.enums import Role
from accounts.errors import NotFound
from accounts.models import User

from ..enums import EditionState, FindingNature, FindingState
from ..models import Domain, Edition, ImportFinding, Level, Requirement, Standard, Task

KEEPERS = frozenset({Role.KEEPER, Role.ADMIN})
READERS = (
    Role.KEEPER,
    Role.AUTHOR,
    Role.REVIEWER,
    Role.EXAMINER,
    Role.INVIGILATOR,
    Role.MARKER,
    Role.ARBITER,
    Role.OFFICER,
    Role.ADMIN,
)
"""Who may read standards; candidates see theirs on their result pages."""


def sees_drafts(user: Any) -> bool:
    """Drafts and import reports: keepers, and administrators to look at."""
    return bool(KEEPERS & roles_of(user))


def keeps_standards(user: Any) -> bool:
    """Who imports, decides and publishes."""
    return Role.KEEPER in roles_of(user)


def editions_for(user: Any) -> QuerySet[Edition]:
    """Drafts only for keepers; published and withdrawn ones for every reader."""
    editions = Edition.objects.select_related("standard", "imported_by", "published_by")
    if sees_drafts(user):
        return editions
    return editions.exclude(state=EditionState.DRAFT)


def edition_for(user: Any, pk: int) -> Edition:
    """The edition, or NotFound when there is none this user may see."""
    edition = editions_for(user).filter(pk=pk).first()
    if edition is None:
        raise NotFound("edition_unknown", _("没有这个标准版本。"), hint=_("请从标准列表进入。"))
    return edition


def finding_for(user: User, pk: int) -> ImportFinding:
    finding = (
        ImportFinding.objects.filter(pk=pk, edition__in=editions_for(user)).select_related("edition").first()
    )
    if finding is None:
        raise NotFound("finding_unknown", _("没有这条导入记录。"))
    return finding


def standards_for(user: Any) -> QuerySet[Standard]:
    """Standards that have an edition the user may see, each with those editions and their counts."""
    editions = with_counts(editions_for(user)).order_by("-created_at", "-pk")
    return (
        Standard.objects.filter(pk__in=editions_for(user).values("standard_id"))
        .prefetch_related(Prefetch("editions", queryset=editions))
        .order_by("code")
    )


def with_counts(editions: QuerySet[Edition]) -> QuerySet[Edition]:
    """Adds level_count, domain_count, task_count, requirement_count, open_findings, open_errors."""

    def count(queryset: QuerySet[Any], path: str) -> Any:
        rows = queryset.filter(**{path: OuterRef("pk")}).order_by().values(path).annotate(n=Count("pk"))
        return Coalesce(Subquery(rows.values("n")), 0)

    opened = Q(findings__state=FindingState.OPEN)
    return editions.annotate(
        level_count=count(Level.objects.all(), "edition"),
        domain_count=count(Domain.objects.all(), "level__edition"),
        task_count=count(Task.objects.all(), "domain__level__edition"),
        requirement_count=count(Requirement.objects.all(), "task__domain__level__edition"),
        open_findings=Count("findings", filter=opened),
        open_errors=Count("findings", filter=opened & Q(findings__nature=FindingNature.ERROR)),
    )


def published_editions() -> QuerySet[Edition]:
    """Editions in force, newest first in each standard."""
    return (
        Edition.objects.filter(state=EditionState.PUBLISHED)
        .select_related("standard")
        .order_by("standard__code", "-published_at")
    )


def waiting_drafts(user: Any) -> int:
    """How many drafts wait for a keeper."""
    return editions_for(user).filter(state=EditionState.DRAFT).count()
