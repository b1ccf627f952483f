"""The audit log: append-only, sealed into a chain, checkable from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import audit_chain
from accounts.models import AuditEntry, AuditSeal, User
from accounts.queries import audit
from accounts.services.audit import record
from accounts.services.sealing import seal_entries
from accounts.tasks import seal_audit

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def log(db):
    user = User.objects.create(username="u")
    for number in range(7):
        record(actor=user, verb="thing.change", target=user, data={"数": number, "分": "0.10", "z": None})
    return user


def _as_superuser(sql: str, *params: object) -> None:
    """What somebody with the database's keys could do: switch the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, params)
        cursor.execute("SET session_replication_role = origin")


@pytest.mark.parametrize("table", ["accounts_auditentry", "accounts_auditseal"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET {} = {}"])
def test_rows_refuse_change(log, table, statement):
    seal_entries()
    column = "verb" if table.endswith("entry") else "digest"
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column, column))


def test_sealing_chains_every_entry_once_and_the_chain_holds(log):
    assert seal_entries(batch=3) == 3
    assert seal_audit() == 4
    assert seal_audit() == 0
    report = audit.verify()
    assert (report.sound, report.links) == (True, 7)
    assert list(AuditSeal.objects.values_list("sequence", flat=True)) == list(range(1, 8))
    status = audit.chain_status()
    assert (status.sealed, status.unsealed, status.recent.sound) == (7, 0, True)


def test_an_entry_committed_late_is_still_sealed(log):
    last = AuditEntry.objects.order_by("-id").first()
    AuditEntry.objects.create(
        id=last.id + 20_000, actor=log, actor_label="u", verb="a.b", target_type="t", target_id="1"
    )
    while seal_entries():
        pass
    late = AuditEntry.objects.create(
        id=last.id + 1, actor_label="s", verb="a.b", target_type="t", target_id="2"
    )
    assert seal_entries() == 0, "far behind the newest: left to the hourly look at everything"
    assert seal_entries(full=True) == 1
    assert late.seal.sequence == 9


@pytest.mark.parametrize(
    ("attack", "finding"),
    [
        ("UPDATE accounts_auditentry SET actor_label = 'x' WHERE id = %s", "was altered"),
        ("UPDATE accounts_auditentry SET data = '{\"a\": 1}' WHERE id = %s", "was altered"),
        ("UPDATE accounts_auditentry SET at = at + interval '1 microsecond' WHERE id = %s", "was altered"),
        ("DELETE FROM accounts_auditseal WHERE entry_id = %s", "is missing"),
    ],
)
def test_the_verifier_notices_what_a_superuser_did(log, attack, finding):
    seal_audit()
    victim = AuditEntry.objects.order_by("id")[3]
    _as_superuser(attack, victim.pk)
    report = audit.verify()
    assert any(finding in problem for problem in report.problems), report.problems
    assert not audit.chain_status().recent.sound


def test_a_cut_off_end_shows_against_a_head_noted_earlier(log):
    seal_audit()
    head = audit.verify()
    _as_superuser("DELETE FROM accounts_auditseal WHERE sequence > 5")
    _as_superuser("DELETE FROM accounts_auditentry WHERE id NOT IN (SELECT entry_id FROM accounts_auditseal)")
    assert audit.verify().sound, "the chain alone can't tell"
    report = audit.verify(anchors={head.head_sequence: head.head_digest})
    assert report.problems == ["link 7, noted earlier, is gone"]


def test_an_old_unsealed_entry_is_reported(log):
    old = timezone.now() - timezone.timedelta(hours=1)
    _as_superuser("UPDATE accounts_auditentry SET at = %s", old)
    assert not audit.verify().sound
    seal_audit()
    assert audit.verify().sound


def test_command_and_outside_script_agree(log, tmp_path, capsys):
    seal_audit()
    file = tmp_path / "audit.jsonl"
    call_command("verify_audit", "--export", str(file))
    head = capsys.readouterr().out.split("head ")[1].split()[0]
    run = [sys.executable, "-I", str(ROOT / "accounts/audit_chain.py"), str(file), "--head", head]
    outside = subprocess.run(run, capture_output=True, text=True, check=False)
    assert (outside.returncode, outside.stdout) == (0, f"7 links, head {head}\n")
    lines = file.read_text("utf-8").splitlines()
    altered = json.loads(lines[2])
    altered["entry"]["verb"] = "thing.keep"
    file.write_text("\n".join([*lines[:2], json.dumps(altered), *lines[3:]]), "utf-8")
    outside = subprocess.run(run, capture_output=True, text=True, check=False)
    assert outside.returncode == 1
    assert "(link 3) was altered" in outside.stdout


def test_command_fails_on_an_unsound_log(log):
    seal_audit()
    _as_superuser(
        "UPDATE accounts_auditentry SET verb = 'x.y' WHERE id = %s", AuditEntry.objects.latest("id").pk
    )
    with pytest.raises(CommandError):
        call_command("verify_audit")


def test_export_lines_that_are_no_links_are_named():
    with pytest.raises(ValueError, match="line 2"):
        list(audit_chain.read(["", '{"sequence": "x"}']))


def test_two_sealers_do_not_meet(log, django_db_blocker):
    """While one holds the lock the other does nothing (the lock belongs to the transaction)."""
    import threading

    from django.db import connections

    from accounts.services.sealing import LOCK

    ready, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            ready.set()
            done.wait(10)
        connections["default"].close()

    thread = threading.Thread(target=hold)
    thread.start()
    ready.wait(10)
    try:
        assert seal_entries() == 0
    finally:
        done.set()
        thread.join()
    assert seal_entries() == 7
