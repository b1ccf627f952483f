"""The pages: who sees what, and nothing of others."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from grading.certificates.verification import verify
from grading.models import Certificate, CertificateFile, MarkingTask, Release, Result
from grading.services import keys, scoring
from tests.factories import OPEN, make_user, make_world
from tests.grading.factories import sit

pytestmark = pytest.mark.django_db


def as_user(user: Any) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, name: str, *args: Any, status: int = 200, **params: Any) -> str:
    response = client.get(reverse(f"grading:{name}", args=args), params)
    assert response.status_code == status, response.content.decode()[:2000]
    if response.streaming:
        return b"".join(response).decode()
    return response.content.decode()


# ------------------------------------------------------------------ marking


def marking_data(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="marking-data">(.*?)</script>', html, re.S)
    assert found
    return json.loads(found[1])


def test_marking_over_http_from_claim_to_result() -> None:
    world = make_world(OPEN, points="4")
    (attempt,) = sit(world, [{"text": "先查物流轨迹"}])
    scoring.score_attempts([attempt.pk])
    for name in ("甲", "乙"):
        marker = make_user(Role.MARKER, name=name)
        client = as_user(marker)
        assert "开始评阅" in page(client, "marking_home")
        claimed = client.post(reverse("grading:marking_next"))
        task = MarkingTask.objects.get(marker=marker)
        assert claimed["Location"] == reverse("grading:marking_task", args=[task.pk])
        html = page(client, "marking_task", task.pk)
        data = marking_data(html)
        assert data["response"] == "先查物流轨迹"
        assert [entry["levels"] for entry in data["criteria"]] == [["2.00", "1.00", "0.00"], ["2.00", "0.00"]]
        body = {f"points-{entry['id']}": entry["levels"][0] for entry in data["criteria"]}
        incomplete = client.post(reverse("grading:marking_task", args=[task.pk]), {"points-c1": "2.00"})
        assert incomplete.status_code == 400
        assert "还没有给分" in incomplete.content.decode()
        saved = client.post(reverse("grading:marking_task", args=[task.pk]), body)
        assert saved.status_code == 302
    assert Result.objects.get(attempt=attempt).points == 4


def test_marking_pages_are_blind() -> None:
    world = make_world(OPEN, points="4")
    (attempt,) = sit(world, [{"text": "答案"}])
    scoring.score_attempts([attempt.pk])
    candidate = attempt.registration.candidate
    secrets = [
        candidate.name,
        candidate.id_masked,
        attempt.registration.ticket_no,
        candidate.school.name,
        attempt.receipt[:20],
    ]
    first, second = make_user(Role.MARKER, name="孔甲"), make_user(Role.MARKER, name="孔乙")
    arbiter = make_user(Role.ARBITER)
    for person, points in (
        (first, ("2.00", "2.00")),
        (second, ("0.00", "0.00")),
        (arbiter, ("1.00", "2.00")),
    ):
        client = as_user(person)
        kind = "arbitration" if person is arbiter else "marking"
        target = client.post(reverse(f"grading:{kind}_next"))["Location"]
        html = client.get(target).content.decode() + page(client, f"{kind}_home")
        assert not [secret for secret in secrets if secret in html]
        if person is second:
            assert "孔甲" not in html
            assert "评阅一" not in html
        if person is arbiter:
            assert "评阅一" in html
            assert "孔甲" not in html
            assert "孔乙" not in html
        client.post(target, {"points-c1": points[0], "points-c2": points[1]})
    assert Result.objects.get(attempt=attempt).points == 3


def test_another_markers_task_does_not_exist() -> None:
    world = make_world(OPEN, points="4")
    (attempt,) = sit(world, [{"text": "答案"}])
    scoring.score_attempts([attempt.pk])
    first, second = make_user(Role.MARKER), make_user(Role.MARKER)
    as_user(first).post(reverse("grading:marking_next"))
    task = MarkingTask.objects.get(marker=first)
    page(as_user(second), "marking_task", task.pk, status=404)
    refused = as_user(second).post(
        reverse("grading:marking_task", args=[task.pk]), {"points-c1": "2.00", "points-c2": "2.00"}
    )
    assert refused.status_code == 404
    task.refresh_from_db()
    assert task.mark is None
    as_user(first).post(reverse("grading:give_back", args=[task.pk]))
    task.refresh_from_db()
    assert task.marker is None


# ------------------------------------------------------------------ results and release


def test_release_over_http(graded: Any) -> None:
    exam = graded.world.exam
    first, second = as_user(graded.examiner), as_user(graded.examiner2)
    html = page(first, "exam_result_table", exam.pk)
    assert "申请发布" in html
    first.post(reverse("grading:release_request", args=[exam.pk]), {"note": "全部核对"})
    release = Release.objects.get()
    own = first.post(reverse("grading:release_approve", args=[release.pk]))
    assert own.status_code == 403
    assert "申请人不能批准" in own.content.decode()
    assert "批准发布 3 份成绩" in page(second, "exam_result_table", exam.pk)
    assert second.post(reverse("grading:release_approve", args=[release.pk])).status_code == 302
    assert second.post(reverse("grading:release_approve", args=[release.pk])).status_code == 409


def test_nothing_is_known_before_release(graded: Any) -> None:
    candidate = graded.attempts_a[0].registration.candidate.user
    result = graded.result_of(graded.attempts_a[0])
    assert "还没有已发布的成绩" in page(as_user(candidate), "my_results")
    page(as_user(candidate), "my_result", result.pk, status=404)
    page(as_user(graded.officer_a), "school_result", result.pk, status=404)
    assert "没有已发布的成绩" in page(as_user(graded.officer_a), "school_results")
    graded.release()
    assert "初级考试 2026" in page(as_user(candidate), "my_results")
    html = page(as_user(candidate), "my_result", result.pk)
    assert "总分：得 6 分（满分 6 分），得分率 100%，要求不低于 60%，达到。" in html
    assert "能够处理第 1 类订单" in html
    page(as_user(graded.officer_a), "school_result", result.pk)


def test_schools_and_candidates_see_only_their_own(graded: Any) -> None:
    graded.release()
    graded.issue()
    result_b = graded.result_of(graded.attempts_b[0])
    number_b = result_b.certificates.get().number
    name_b = graded.attempts_b[0].registration.candidate.name
    officer = as_user(graded.officer_a)
    page(officer, "school_result", result_b.pk, status=404)
    page(officer, "school_certificate_pdf", number_b, status=404)
    everything = (
        page(officer, "school_results")
        + page(officer, "school_certificates")
        + page(officer, "school_result_csv")
    )
    assert name_b not in everything
    assert number_b not in everything
    assert graded.attempts_a[0].registration.candidate.name in everything
    other = as_user(graded.attempts_a[0].registration.candidate.user)
    page(other, "my_result", result_b.pk, status=404)
    page(other, "my_certificate_pdf", number_b, status=404)
    assert number_b not in page(other, "my_certificates")


def test_examiner_table_filters_and_csv(graded: Any) -> None:
    client = as_user(graded.examiner)
    exam = graded.world.exam.pk
    assert "2 份" in page(client, "exam_result_table", exam, passed="yes")
    assert "1 份" in page(client, "exam_result_table", exam, school=graded.school_b.pk)
    candidate = graded.attempts_a[0].registration.candidate
    candidate.name = "=SUM(A1)"
    candidate.save()
    csv = page(client, "exam_result_csv", exam)
    assert csv.startswith("\ufeff准考证号")
    assert "'=SUM(A1)" in csv
    for bad in ("abc", "9" * 30, "\x00", "-1"):
        page(client, "exam_result_table", exam, school=bad, session=bad, q=bad, sort=bad, page=bad)


def test_examiner_overrides_over_http(graded: Any) -> None:
    attempt = graded.attempts_a[1]
    slot = graded.world.slots[0]
    client = as_user(graded.examiner)
    html = page(client, "result_detail", graded.result_of(attempt).pk)
    assert "逐题评分" in html
    url = reverse("grading:override", args=[attempt.pk, slot.pk])
    assert client.post(url, {"points": "99", "reason": "x"}).status_code == 400
    assert client.post(url, {"points": "1", "reason": ""}).status_code == 400
    assert client.post(url, {"points": "1.5", "reason": "题目有歧义"}).status_code == 302
    assert graded.result_of(attempt).points == 1.5


# ------------------------------------------------------------------ certificates and verification


def test_candidate_downloads_a_genuine_certificate(graded: Any) -> None:
    graded.release()
    graded.issue()
    attempt = graded.attempts_a[0]
    number = graded.result_of(attempt).certificates.get().number
    client = as_user(attempt.registration.candidate.user)
    assert number in page(client, "my_results")
    assert "下载 PDF" in page(client, "my_certificates")
    response = client.get(reverse("grading:my_certificate_pdf", args=[number]))
    assert response["Content-Type"] == "application/pdf"
    assert verify(response.content, keys.keyring()).genuine


def test_officer_downloads_the_schools_archive(graded: Any) -> None:
    graded.release()
    graded.issue()
    response = as_user(graded.officer_a).get(reverse("grading:school_archive"))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response)))
    own = Certificate.objects.filter(candidate__school=graded.school_a).values_list("number", flat=True)
    assert {name.split("-")[0] for name in archive.namelist()} == set(own)
    assert verify(archive.read(archive.namelist()[0]), keys.keyring()).genuine


def test_public_page_masks_the_name_until_the_code_is_shown(graded: Any) -> None:
    graded.release()
    certificate = graded.issue()[0]
    name = certificate.candidate.name
    html = page(Client(), "verify_number", certificate.number)
    assert 'data-status="valid"' in html
    assert name not in html
    assert name in page(Client(), "verify_number", certificate.number, c=certificate.claims["claims"]["code"])
    assert name not in page(Client(), "verify_number", certificate.number, c="WRONG123")
    spaced = Client().get(
        reverse("grading:verify"), {"number": f" {certificate.number[:6]} {certificate.number[6:]} "}
    )
    assert spaced["Location"] == reverse("grading:verify_number", args=[certificate.number])


@pytest.mark.parametrize("number", ["LC2026100000017", "nonsense", "LC20261000000X1", "-", "9" * 64, "证书"])
def test_unknown_numbers_are_unknown(number: str) -> None:
    html = page(Client(), "verify_number", number)
    assert 'data-status="unknown"' in html
    assert "valid" not in re.findall(r'data-status="(\w+)"', html)


def test_a_certificate_half_made_or_with_a_damaged_record_is_not_valid(graded: Any) -> None:
    from django.db import connection

    graded.release()
    first, second = graded.issue()[:2]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE grading_certificatefile DISABLE TRIGGER ALL")
        cursor.execute(
            "UPDATE grading_certificatefile SET pdf = set_byte(pdf, 5000, get_byte(pdf, 5000) # 1) WHERE certificate_id = %s",
            [first.pk],
        )
        cursor.execute("DELETE FROM grading_certificatefile WHERE certificate_id = %s", [second.pk])
        cursor.execute("ALTER TABLE grading_certificatefile ENABLE TRIGGER ALL")
    for certificate in (first, second):
        assert 'data-status="unknown"' in page(Client(), "verify_number", certificate.number)


def test_files_are_checked_by_upload(graded: Any) -> None:
    graded.release()
    certificate = graded.issue()[0]
    data = bytes(CertificateFile.objects.get(pk=certificate.pk).pdf)

    def status(content: bytes) -> str:
        html = (
            Client()
            .post(
                reverse("grading:verify"), {"file": SimpleUploadedFile("c.pdf", content, "application/pdf")}
            )
            .content.decode()
        )
        return re.findall(r'data-status="(\w+)"', html)[0]

    assert status(data) == "valid"
    assert status(data[:9000] + bytes([data[9000] ^ 1]) + data[9001:]) == "invalid"
    assert status(b"%PDF-1.7 nothing") == "invalid"
    assert status(data + b" ") == "invalid"
    first, second = as_user(graded.examiner), as_user(graded.examiner2)
    first.post(reverse("grading:revoke_request", args=[certificate.number]), {"reason": "替考"})
    assert status(data) == "valid", "one person alone revokes nothing"
    assert (
        first.post(
            reverse("grading:revoke_decide", args=[certificate.number]), {"decision": "approve"}
        ).status_code
        == 403
    )
    second.post(reverse("grading:revoke_decide", args=[certificate.number]), {"decision": "approve"})
    assert status(data) == "revoked"
    assert 'data-status="revoked"' in page(Client(), "verify_number", certificate.number)
    html = page(first, "certificate_detail", certificate.number)
    assert "替考" in html
    assert first.get(reverse("grading:certificate_pdf", args=[certificate.number])).status_code == 409


def test_the_command_checks_files_with_and_without_the_site(graded: Any, tmp_path: Any) -> None:
    from django.core.management import call_command

    graded.release()
    certificate = graded.issue()[0]
    good, bad, keyfile = tmp_path / "good.pdf", tmp_path / "bad.pdf", tmp_path / "keys.json"
    data = bytes(CertificateFile.objects.get(pk=certificate.pk).pdf)
    good.write_bytes(data)
    bad.write_bytes(data.replace(b"%PDF-1.", b"%PDF-2.", 1))
    keyfile.write_bytes(Client().get(reverse("grading:verify_keys")).content)
    for more in ([], ["--keys", str(keyfile)]):
        out = io.StringIO()
        call_command("verify_certificate", str(good), *more, stdout=out)
        assert certificate.number in out.getvalue()
        with pytest.raises(SystemExit) as ended:
            call_command("verify_certificate", str(bad), *more, stdout=io.StringIO())
        assert ended.value.code == 1


def test_home_and_lists_open_for_their_roles(graded: Any) -> None:
    graded.release()
    certificate = graded.issue()[0]
    examiner = as_user(graded.examiner)
    for name in ("exam_results", "certificate_list"):
        page(examiner, name)
    page(examiner, "certificate_detail", certificate.number)
    page(Client(), "verify")
    for user in (
        graded.examiner,
        graded.officer_a,
        graded.marker,
        graded.attempts_a[0].registration.candidate.user,
    ):
        assert as_user(user).get(reverse("accounts:home")).status_code == 200


def test_lists_ask_the_same_number_of_questions_for_one_row_and_for_many(graded: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    graded.release()
    graded.issue()
    exam = graded.world.exam.pk
    visits = [
        (graded.examiner, "exam_result_table", [exam]),
        (graded.examiner, "exam_results", []),
        (graded.examiner, "certificate_list", []),
        (graded.officer_a, "school_results", []),
        (graded.officer_a, "school_certificates", []),
    ]

    def count() -> list[int]:
        counts = []
        for user, name, args in visits:
            client = as_user(user)
            page(client, name, *args)
            with CaptureQueriesContext(connection) as queries:
                page(client, name, *args)
            counts.append(len(queries))
        return counts

    before = count()
    attempts = sit(
        graded.world, *[[{"choice": "A"}, {"blanks": {"1": "海外仓"}}, None]] * 8, school=graded.school_a
    )
    scoring.score_attempts([attempt.pk for attempt in attempts])
    graded.release()
    graded.issue()
    after = count()
    assert after == before
    assert max(after) <= 25


def test_a_broker_that_is_down_delays_nothing(
    graded: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    from grading.services import hints

    class Down:
        def send_task(self, *_args: Any, **_kwargs: Any) -> None:
            raise ConnectionError("redis is down")

    monkeypatch.setattr(hints, "current_app", Down())
    with django_capture_on_commit_callbacks(execute=True):
        graded.release()
    assert len(graded.issue()) == 2, "the sweeper's way, without a hint"
