"""Reading the audit log and its chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from ..audit_chain import GENESIS, Link, Report, check
from ..models import AuditEntry, AuditSeal

RECENT = 500
LATE_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class ChainStatus:
    """sealed and unsealed: counts; late: entries unsealed for too long; recent: check of the last links."""

    sealed: int
    unsealed: int
    late: int
    sealed_at: datetime | None
    head: str
    recent: Report


def entries(
    *,
    text: str = "",
    verb: str = "",
    actor: str = "",
    target_type: str = "",
    target_id: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[AuditEntry]:
    """Entries newest first. verb: a verb or its noun; text: part of actor, target id or request id."""
    found = AuditEntry.objects.select_related("seal", "school")
    if verb:
        found = found.filter(Q(verb=verb) | Q(verb__startswith=f"{verb}."))
    if actor:
        found = found.filter(actor_label__icontains=actor)
    if target_type:
        found = found.filter(target_type=target_type)
    if target_id:
        found = found.filter(target_id=target_id)
    if text:
        found = found.filter(
            Q(actor_label__icontains=text) | Q(target_id=text) | Q(request_id=text) | Q(verb__icontains=text)
        )
    if since:
        found = found.filter(at__gte=_midnight(since))
    if until:
        found = found.filter(at__lt=_midnight(until + timedelta(days=1)))
    return found


def nouns() -> list[str]:
    """The nouns of the verbs in use, for the filter."""
    verbs = AuditEntry.objects.order_by().values_list("verb", flat=True).distinct()
    return sorted({verb.partition(".")[0] for verb in verbs})


def as_hashed(entry: AuditEntry) -> dict[str, Any]:
    """What the chain's digest covers: the whole entry."""
    return {
        "id": entry.pk,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor_id,
        "actor_label": entry.actor_label,
        "verb": entry.verb,
        "target_type": entry.target_type,
        "target_id": entry.target_id,
        "school": entry.school_id,
        "data": entry.data,
        "request_id": entry.request_id,
    }


def links(*, after: int = 0) -> Iterator[Link]:
    """The chain's links in order, streamed."""
    seals = AuditSeal.objects.select_related("entry").filter(sequence__gt=after).order_by("sequence")
    for seal in seals.iterator(chunk_size=2000):
        yield Link(seal.sequence, seal.previous_digest, seal.digest, as_hashed(seal.entry))


def verify(*, anchors: Mapping[int, str] | None = None) -> Report:
    """Check the whole chain, and that no entry has stayed unsealed for long."""
    report = check(links(), anchors=anchors)
    late = unsealed().filter(at__lt=timezone.now() - LATE_AFTER).count()
    if late:
        report.problems.append(f"{late} entries are older than {LATE_AFTER} and not sealed")
    return report


def unsealed() -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(seal__isnull=True).order_by("id")


def chain_status() -> ChainStatus:
    """For the page: figures, and a check of the newest links only."""
    last = AuditSeal.objects.order_by("-sequence").first()
    sequence = last.sequence if last else 0
    after = max(0, sequence - RECENT)
    base = AuditSeal.objects.filter(sequence=after).first()
    previous = base.digest if base else GENESIS
    recent = check(links(after=after), start=after + 1, previous=previous)
    waiting = unsealed()
    return ChainStatus(
        sealed=sequence,
        unsealed=waiting.count(),
        late=waiting.filter(at__lt=timezone.now() - LATE_AFTER).count(),
        sealed_at=last.sealed_at if last else None,
        head=f"{last.sequence}:{last.digest}" if last else "",
        recent=recent,
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
