"""The steps of the main job, in order. Each does what its people would do and returns what the next needs."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from accounts.enums import Scope
from accounts.services.cast import DemoCast, demo_password, make_demo_cast
from accounts.services.keys import create_key
from assessments.models import ExamSession, Form
from candidates.models import Attempt, Candidate, Registration
from candidates.services.registration import ticket_code
from grading.models import AttemptGrading, Certificate, MarkingTask
from standards.models import Edition, Level

from . import marking, sitting
from .building import make_exam_session
from .person import Person
from .roster import MadeUp, as_csv, make_roster

SOURCE = Path("standards/sources/kuajing-b2c/kuajing-b2c-standard.txt")
BANK = Path("assessments/bank/kuajing-b2c")
SEED = 20261122
PER_SCHOOL_AND_LEVEL = 10
FORMS = 2
SESSION_MINUTES = 1
LATE_MINUTES = 2
MANY = 5
LEAD_SECONDS = 20
PATIENCE_SECONDS = 240


class JourneyFailed(Exception):
    """A step did not come out as it must; the text says which and how."""


@dataclass
class Context:
    """What the steps pass on."""

    base: str
    say: Callable[[str], None]
    cast: DemoCast
    people: dict[str, Person] = field(default_factory=dict)
    edition: Edition | None = None
    forms: dict[int, list[Form]] = field(default_factory=dict)
    sessions: dict[int, ExamSession] = field(default_factory=dict)
    abilities: dict[str, float] = field(default_factory=dict)
    sat: list[sitting.Sat] = field(default_factory=list)

    def person(self, name: str) -> Person:
        """Someone of the cast, signed in."""
        if name not in self.people:
            user = self.cast.users[name]
            self.people[name] = Person(self.base, user.username, demo_password()).sign_in()
        return self.people[name]

    @property
    def levels(self) -> list[Level]:
        assert self.edition is not None
        return list(self.edition.levels.order_by("number"))


def prepare(base: str, say: Callable[[str], None]) -> Context:
    return Context(base=base, say=say, cast=make_demo_cast())


def import_standard(ctx: Context) -> None:
    """The keeper uploads the document, reads the report, settles it, publishes."""
    keeper = ctx.person("keeper")
    source = settings.BASE_DIR / SOURCE
    page = keeper.post(
        "/standards/import/",
        {"label": "2019"},
        files={"file": (source.name, source.read_bytes(), "text/plain")},
    )
    edition = Edition.objects.order_by("-pk").first()
    if edition is None or f"/editions/{edition.pk}/" not in page.path:
        raise JourneyFailed(f"the import did not lead to a report but to {page.path}: {page.text[:300]}")
    findings = edition.findings.count()
    ctx.say(f"  import report: {findings} findings, each with its line")
    keeper.post(f"/standards/editions/{edition.pk}/publish/", {"confirm": "yes"})
    edition.refresh_from_db()
    if edition.state != "published":
        raise JourneyFailed("the edition was not published")
    ctx.edition = edition


def load_bank(ctx: Context) -> None:
    """The shipped items, written by one account and approved by another."""
    author, reviewer = ctx.cast.users["author"], ctx.cast.users["reviewer"]
    call_command(
        "load_bank",
        str(settings.BASE_DIR / BANK),
        author=author.username,
        reviewer=reviewer.username,
        approve=True,
        verbosity=0,
    )


def register(ctx: Context) -> None:
    """Schedule a session for each level, register sixty candidates of two schools, print tickets, admit."""
    starts_at = timezone.localtime() + timedelta(seconds=LEAD_SECONDS)
    for level in ctx.levels:
        ctx.sessions[level.number] = make_exam_session(
            ctx, level, starts_at, minutes=SESSION_MINUTES, late_minutes=LATE_MINUTES
        )
    for school, officer in (("a", "officer_a"), ("b", "officer_b")):
        for level in ctx.levels:
            people = make_roster(ctx.cast.schools[school].code, level.number, PER_SCHOOL_AND_LEVEL, seed=SEED)
            if level.number == 1:
                people[0] = _cast_member(ctx, school, people[0])
            _import_roster(ctx, officer, school, level, people)
    tickets = 0
    for session in ctx.sessions.values():
        for officer in ("officer_a", "officer_b"):
            pdf = ctx.person(officer).get(f"/registrations/{session.pk}/tickets.pdf").body
            tickets += pdf.startswith(b"%PDF")
        places = Registration.objects.filter(session=session).values_list("pk", flat=True)
        ctx.person("invigilator").post(
            f"/board/{session.pk}/act",
            {"act": "admit", "ids": list(places)},
            page=f"/board/{session.pk}",
        )
    missing = Registration.objects.filter(admitted_at__isnull=True).count()
    if missing or tickets != 2 * len(ctx.sessions):
        raise JourneyFailed(f"{missing} candidates were not admitted; {tickets} ticket files")


def sit(ctx: Context) -> None:
    """Everyone sits by the delivery protocol; some are offline for a while, some never hand in."""
    sitters = []
    rows = Registration.objects.select_related("candidate").order_by("pk")
    for n, row in enumerate(rows):
        keeps = row.candidate.user_id in {user.pk for user in ctx.cast.users.values()}
        sitters.append(
            sitting.Sitter(
                ticket_no=row.ticket_no,
                access_code=ticket_code(row),
                ability=ctx.abilities[row.candidate.id_blind],
                submits=keeps or n % 15 != 7,
                offline_after=5 if n % 12 == 4 else 0,
            )
        )
    done = threading.Event()
    watcher = sitting.keep_watch(done, 4.0, lambda: _invigilate(ctx))
    try:
        secrets = sitting.secrets_of([form.pk for forms in ctx.forms.values() for form in forms])
        ctx.sat = sitting.sit_all(ctx.base, sitters, secrets, threads=12, seed=SEED)
    finally:
        done.set()
        watcher.join()
    late = [sat.ticket_no for sat in ctx.sat if sat.error]
    if late:
        ctx.say(f"  {len(late)} ran out of time and were collected")


def await_results(ctx: Context) -> None:
    """Collection at the deadline, scoring by the workers, marking by two markers and an arbiter."""
    finished = ("submitted", "collected")
    await_true("every attempt handed in or collected", lambda: not _unfinished(finished))
    total = Attempt.objects.count()
    await_true(
        "every attempt scored by the workers",
        lambda: AttemptGrading.objects.filter(scored_at__isnull=False).count() == total,
    )
    ctx.say(f"  scored {total}; open answers to mark: {MarkingTask.objects.exclude(state='done').count()}")
    marking.mark_everything([ctx.person("marker"), ctx.person("marker2")], ctx.person("arbiter"), seed=SEED)
    await_true(
        "every result folded",
        lambda: AttemptGrading.objects.filter(state="complete").count() == total,
    )


def release(ctx: Context) -> None:
    """One examiner asks, another approves; the rest is the workers'."""
    for session in ctx.sessions.values():
        ctx.person("examiner").post(
            f"/results/exams/{session.exam_id}/release",
            {"note": "成绩核对无误，申请发布。"},
            page=f"/results/exams/{session.exam_id}/",
        )
        asked = session.exam.releases.get(state="requested")
        ctx.person("examiner2").post(
            f"/releases/{asked.pk}/approve", {}, page=f"/results/exams/{session.exam_id}/"
        )


def issue(ctx: Context) -> None:
    """Certificates are issued by the workers for everyone who passed."""
    from grading.models import Result

    passes = Result.objects.filter(is_current=True, passed=True).count()
    await_true(
        f"{passes} certificates issued",
        lambda: Certificate.objects.filter(state="issued").count() == passes,
    )


def verify(ctx: Context) -> int:
    """Check each certificate three ways: offline by its signature, on the public page, and altered."""
    from grading.certificates.verification import verify as check
    from grading.models import CertificateFile
    from grading.services.keys import keyring

    keys, anyone, good = keyring(), Person(ctx.base), 0
    files = CertificateFile.objects.select_related("certificate").order_by("pk")
    for n, file in enumerate(files):
        pdf = bytes(file.pdf)
        forged = bytearray(pdf)
        forged[len(pdf) // 2] ^= 1
        answer = _json(ctx.base + f"/api/v1/verify/{file.certificate.number}")
        good += (
            check(pdf, keys).genuine
            and not check(bytes(forged), keys).genuine
            and (answer["status"] == "valid")
        )
        if n == 0:
            _verify_by_command(pdf)
            page = anyone.get(f"/verify/{file.certificate.number}")
            if file.certificate.number not in page.text.replace(" ", ""):
                raise JourneyFailed("the public page does not show the certificate's number")
    return good


def pull(ctx: Context) -> int:
    """Each school pulls its results and certificates with its own key. Returns foreign rows seen."""
    foreign = 0
    for school in ctx.cast.schools.values():
        made = create_key(
            actor=ctx.cast.users["admin"],
            school=school,
            name="教务系统对接",
            scopes=[Scope.RESULTS_READ, Scope.CERTIFICATES_READ, Scope.REGISTRATIONS_READ],
        )
        own = set(Registration.objects.filter(candidate__school=school).values_list("ticket_no", flat=True))
        results = _pages(ctx.base + "/api/v1/results/?page_size=20", made.secret)
        certificates = _pages(ctx.base + "/api/v1/certificates/", made.secret)
        held = set(Certificate.objects.filter(candidate__school=school).values_list("number", flat=True))
        if len(results) != len(own) or {row["number"] for row in certificates} != held:
            raise JourneyFailed(
                f"{school}: {len(results)} results of {len(own)}, {len(certificates)} certificates"
            )
        numbers = set(Candidate.objects.filter(school=school).values_list("student_no", flat=True))
        foreign += sum(row["student_no"] not in numbers for row in results)
        other = Certificate.objects.exclude(candidate__school=school).first()
        if other is not None:
            foreign += _status(ctx.base + f"/api/v1/certificates/{other.number}/", made.secret) != 404
    return foreign


# --- below: the small acts the steps are made of ------------------------------------------------------------


def _cast_member(ctx: Context, school: str, drawn: MadeUp) -> MadeUp:
    """The demo's own candidate takes a place, so that its sign-in has something to show."""
    from candidates import identity

    user = ctx.cast.users[f"candidate_{school}"]
    Candidate.objects.get_or_create(
        school=ctx.cast.schools[school],
        id_blind=identity.blind(drawn.id_number),
        defaults={
            "user": user,
            "name": user.display_name,
            "student_no": drawn.student_no,
            "class_name": drawn.class_name,
            "id_cipher": identity.seal(drawn.id_number),
            "id_masked": identity.mask(drawn.id_number),
        },
    )
    return MadeUp(user.display_name, drawn.id_number, drawn.student_no, drawn.class_name, 0, ability=3.0)


def _import_roster(ctx: Context, officer: str, school: str, level: Level, people: list[MadeUp]) -> None:
    from candidates import identity

    session = ctx.sessions[level.number]
    ctx.person(officer).post(
        "/candidates/import",
        {"school": ctx.cast.schools[school].pk, "session": session.pk},
        files={"file": (f"{level.name}.csv", as_csv(people), "text/csv")},
    )
    for one in people:
        ctx.abilities[identity.blind(one.id_number)] = one.ability


def _invigilate(ctx: Context) -> None:
    """Look at the boards; where many still work and time is nearly up, add time for all."""
    invigilator = ctx.person("invigilator")
    for session in ctx.sessions.values():
        invigilator.get(f"/board/{session.pk}/seats")
        now = timezone.now()
        working = Attempt.objects.filter(registration__session=session, state="running")
        due = working.filter(deadline_at__lt=now + timedelta(seconds=25)).count()
        if due > MANY:
            invigilator.post(
                f"/board/{session.pk}/act",
                {"act": "extend_all", "minutes": 1, "reason": "机房网络缓慢"},
                page=f"/board/{session.pk}",
            )


def _unfinished(finished: tuple[str, ...]) -> int:
    return Attempt.objects.exclude(state__in=finished).count()


def await_true(what: str, true: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise JourneyFailed(f"waited {seconds:.0f} s in vain for: {what}")
        time.sleep(0.3)


def _verify_by_command(pdf: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        call_command("verify_certificate", file.name, verbosity=0)


def _request(url: str, key: str) -> urllib.request.Request:
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    return urllib.request.Request(url, headers=headers)


_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _json(url: str, key: str = "") -> Any:
    with _direct.open(_request(url, key), timeout=30) as answer:
        return json.load(answer)


def _status(url: str, key: str) -> int:
    try:
        with _direct.open(_request(url, key), timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def _pages(url: str, key: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while url:
        page = _json(url, key)
        rows += page["results"]
        url = page["next"] or ""
    return rows
