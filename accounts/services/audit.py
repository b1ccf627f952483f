"""Writing the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.db.models import Model

from ..models import AuditEntry, School, User


def record(
    *,
    actor: User | None,
    verb: str,
    target: Model,
    data: Mapping[str, Any] | None = None,
    school: School | None = None,
) -> AuditEntry:
    """Append one entry. Call it inside the transaction of the change.

    actor: None for the system itself (workers). verb: `noun.verb`, e.g. `form.freeze`.
    The request id comes from the logging context, where the middleware or the worker bound it.
    """
    return AuditEntry.objects.create(
        actor=actor,
        actor_label=str(actor) if actor else "system",
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        school=school,
        data=dict(data or {}),
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
    )
