"""Saving what candidates answer: the hot path, one statement a save."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from accounts.errors import Invalid, Refusal
from assessments.kinds import get_kind

from ..enums import AttemptState
from ..queries.entries import decoded
from ..queries.plans import PRACTICAL, plan_of
from ..rules import canonical_json
from ..schemas import Entry
from ..tokens import AttemptToken

SAVE = (Path(__file__).parent / "save.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Saved:
    """saved: (slot, revision) now stored, new or before; conflicts: (slot, newest stored revision) where
    another value holds that revision: take the newest plus one and send again."""

    saved: list[tuple[int, int]]
    conflicts: list[tuple[int, int]]
    state: str
    deadline_at: datetime
    server_time: datetime


def save_entries(token: AttemptToken, entries: Sequence[Entry]) -> Saved:
    """Append the entries; what comes back has been committed.

    Raises Invalid (an entry is not this form's, or not its kind's shape) and Refusal
    (attempt_finished, attempt_paused, not_started, lease_lost, time_over).
    """
    check_entries(token.form, entries)
    document = msgspec.json.encode(entries).decode()
    with connection.cursor() as cursor:
        cursor.execute(
            SAVE,
            {"attempt": token.attempt, "lease": token.lease, "grace": token.grace, "entries": document},
        )
        row = cursor.fetchone()
    if row is None:
        raise Refusal("attempt_unknown", _("没有这次作答。"), status=404)
    state, held, is_open, deadline_at, now, stored = row
    if not is_open:
        raise closed(state, held, deadline_at, now)
    saved = [(slot, revision) for slot, revision in stored]
    conflicts: list[tuple[int, int]] = []
    if len(saved) < len(entries):
        saved, conflicts = settle_resent(token.attempt, entries, saved)
    return Saved(saved, conflicts, state, deadline_at, now)


def check_entries(form: int, entries: Sequence[Entry]) -> None:
    """Each entry names a slot of the form and carries its kind's response shape, or null."""
    slots = plan_of(form).slots
    for index, entry in enumerate(entries):
        slot = slots.get(entry.slot)
        if slot is None:
            raise Invalid(
                "slot_unknown",
                _("第 %(n)d 条答案的题位 %(slot)d 不在本卷中。") % {"n": index + 1, "slot": entry.slot},
                hint=_("请重新载入试卷。"),
                data={"index": index, "slot": entry.slot},
            )
        if slot.kind == PRACTICAL:
            raise Invalid(
                "slot_takes_commands",
                _("题位 %(slot)d 是实操任务，只接受操作命令。") % {"slot": entry.slot},
                data={"index": index, "slot": entry.slot},
            )
        if entry.value is None:
            continue
        try:
            get_kind(slot.kind).parse_response(entry.value, slot.content)
        except Invalid as error:
            raise Invalid(
                error.code,
                _("第 %(n)d 条答案（题位 %(slot)d）：%(what)s")
                % {"n": index + 1, "slot": entry.slot, "what": error.message},
                hint=error.hint,
                data={**error.data, "index": index, "slot": entry.slot},
            ) from error


def closed(state: str, held: bool, deadline_at: datetime | None, now: datetime) -> Refusal:
    """Why this attempt takes no answers now."""
    data = {"state": state, "server_time": now.isoformat()}
    if deadline_at:
        data["deadline"] = deadline_at.isoformat()
    if state in (AttemptState.SUBMITTED, AttemptState.COLLECTED, AttemptState.VOIDED):
        return Refusal(
            "attempt_finished",
            _("本次作答已交卷，不能再改。"),
            hint=_("未及上传的答案会作为迟交材料单独保存，由考务处理。"),
            data=data,
        )
    if not held:
        return Refusal(
            "lease_lost",
            _("本次作答已在另一台设备或另一个窗口继续。"),
            hint=_("请在那里作答；如要回到这里，请重新登录。"),
            data=data,
        )
    if state == AttemptState.PREPARED:
        return Refusal("not_started", _("尚未开始作答。"), hint=_("请先点“开始作答”。"), data=data)
    if state == AttemptState.PAUSED:
        return Refusal(
            "attempt_paused",
            _("监考已暂停本次作答。"),
            hint=_("答案保存在本机，恢复后自动上传。"),
            data=data,
        )
    return Refusal(
        "time_over",
        _("作答时间已到。"),
        hint=_("已保存的答案会自动收卷；未及上传的会作为迟交材料单独保存。"),
        data=data,
    )


def entries_digest(entries: Sequence[Entry]) -> str:
    """Names a batch of late entries, so that sending it twice stores it once."""
    document = canonical_json([[e.slot, e.revision, e.value, e.flagged] for e in entries])
    return hashlib.sha256(document.encode()).hexdigest()


def settle_resent(
    attempt: int, entries: Sequence[Entry], fresh: list[tuple[int, int]]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Tell harmless resends from conflicts, for entries whose revision was already there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT slot_id, revision, value, flagged FROM candidates_response"
            " WHERE attempt_id = %s AND slot_id = ANY(%s)",
            [attempt, [entry.slot for entry in entries]],
        )
        held: dict[tuple[int, int], tuple[Any, bool]] = {}
        newest: dict[int, int] = {}
        for slot, revision, value, flagged in cursor.fetchall():
            held[slot, revision] = (decoded(value), flagged)
            newest[slot] = max(newest.get(slot, 0), revision)
    saved = dict.fromkeys(fresh)
    conflicts: list[tuple[int, int]] = []
    for entry in entries:
        place = (entry.slot, entry.revision)
        if held.get(place) == (entry.value, entry.flagged):
            saved[place] = None
        else:
            conflicts.append((entry.slot, newest.get(entry.slot, 0)))
    return list(saved), conflicts
