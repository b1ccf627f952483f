"""Sealing the audit log: committed entries are appended to the hash chain, by one process at a time."""

from __future__ import annotations

import structlog
from django.db import connection, transaction
from django.db.models import Max

from ..audit_chain import GENESIS, digest_of
from ..models import AuditEntry, AuditSeal
from ..queries.audit import as_hashed

log = structlog.get_logger("audit")
BATCH = 1000
LOOK_BACK = 10_000
"""How many ids behind the newest sealed one are still looked at: transactions commit out of order."""
LOCK = 0x4C43_5345  # names the advisory lock


@transaction.atomic
def seal_entries(*, full: bool = False, batch: int = BATCH) -> int:
    """Seal up to `batch` entries; returns how many. Another process sealing at the same time: 0.

    full looks at all ids instead of the newest, for entries of a transaction that stayed open very long.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    last = AuditSeal.objects.order_by("-sequence").first()
    sequence, digest = (last.sequence, last.digest) if last else (0, GENESIS)
    entries = AuditEntry.objects.filter(seal__isnull=True).order_by("id")
    if not full and last:
        newest = AuditSeal.objects.filter(sequence__gt=sequence - BATCH).aggregate(Max("entry_id"))[
            "entry_id__max"
        ]
        entries = entries.filter(id__gt=newest - LOOK_BACK)
    seals = []
    for entry in entries[:batch]:
        sequence += 1
        previous, digest = digest, digest_of(digest, as_hashed(entry))
        seals.append(AuditSeal(sequence=sequence, entry=entry, previous_digest=previous, digest=digest))
    AuditSeal.objects.bulk_create(seals)
    if seals:
        # The log line leaves the database: it is the anchor that shows a cut off end.
        transaction.on_commit(
            lambda: log.info("audit sealed", head=f"{sequence}:{digest}", entries=len(seals))
        )
    return len(seals)
