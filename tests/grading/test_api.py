"""The school API: its own released rows, nothing else, in pages, with ETags."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role, Scope
from accounts.services.keys import create_key
from grading.certificates.verification import verify
from grading.services import keys
from tests.factories import make_user

pytestmark = pytest.mark.django_db


class Api:
    """A school's program."""

    def __init__(self, school: Any, *scopes: str) -> None:
        made = create_key(actor=make_user(Role.ADMIN), school=school, name="成绩同步", scopes=scopes)
        self.client = Client(headers={"Authorization": f"Bearer {made.secret}"})

    def get(self, name: str, *args: Any, headers: Any = None, **params: Any) -> Any:
        return self.client.get(reverse(f"grading:{name}", args=args), params, headers=headers or {})


@pytest.fixture
def api_a(graded: Any) -> Api:
    return Api(graded.school_a, Scope.RESULTS_READ, Scope.CERTIFICATES_READ)


def test_only_released_results_of_the_own_school(graded: Any, api_a: Api) -> None:
    result_a, result_b = graded.result_of(graded.attempts_a[0]), graded.result_of(graded.attempts_b[0])
    assert api_a.get("api_results").json()["results"] == []
    assert api_a.get("api_result", result_a.pk).status_code == 404
    graded.release()
    rows = {row["id"]: row for row in api_a.get("api_results").json()["results"]}
    assert set(rows) == {graded.result_of(attempt).pk for attempt in graded.attempts_a}
    row = rows[result_a.pk]
    assert (row["points"], row["max_points"], row["passed"]) == ("6.00", "6.00", True)
    detail = api_a.get("api_result", result_a.pk).json()
    assert detail["rules"][0]["met"] is True
    assert detail["domains"][0]["tasks"][0]["requirements"][0]["band"] == "mastered"
    assert api_a.get("api_result", result_b.pk).status_code == 404


def test_certificates_and_their_files(graded: Any, api_a: Api) -> None:
    graded.release()
    graded.issue()
    rows = api_a.get("api_certificates").json()["results"]
    assert len(rows) == 1
    number = rows[0]["number"]
    assert api_a.get("api_certificate", number).json()["claims"]["number"] == number
    pdf = api_a.get("api_certificate_pdf", number)
    assert verify(pdf.content, keys.keyring()).genuine
    again = api_a.get("api_certificate_pdf", number, headers={"If-None-Match": pdf["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = graded.result_of(graded.attempts_b[0]).certificates.get().number
    for name in ("api_certificate", "api_certificate_pdf"):
        answer = api_a.get(name, other)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "certificate_unknown"


def test_pages_by_cursor_and_filters(graded: Any, api_a: Api) -> None:
    graded.release()
    first = api_a.get("api_results", limit=1).json()
    second = api_a.client.get(first["next"]).json()
    assert second["next"] is None
    assert {first["results"][0]["id"], second["results"][0]["id"]} == {
        graded.result_of(attempt).pk for attempt in graded.attempts_a
    }
    assert len(api_a.get("api_results", passed="true").json()["results"]) == 1
    assert len(api_a.get("api_results", exam=graded.world.exam.pk).json()["results"]) == 2
    assert api_a.get("api_results", exam=0).json()["results"] == []
    assert api_a.get("api_results", released_after="2999-01-01T00:00:00Z").json()["results"] == []
    for bad in ({"exam": "x"}, {"released_after": "soon"}, {"cursor": "!!"}, {"exam": "9" * 40}):
        assert api_a.get("api_results", **bad).status_code in (200, 400, 404)


def test_etag_saves_the_body_until_something_changes(graded: Any, api_a: Api) -> None:
    graded.release()
    first = api_a.get("api_results")
    same = api_a.get("api_results", headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    graded.issue()
    changed = api_a.get("api_certificates")
    assert changed["ETag"] != first["ETag"]


def test_scopes_and_keys(graded: Any) -> None:
    graded.release()
    results_only = Api(graded.school_a, Scope.RESULTS_READ)
    assert results_only.get("api_results").status_code == 200
    refused = results_only.get("api_certificates")
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "permission_denied"
    nobody = Client().get(reverse("grading:api_results"))
    assert nobody.status_code == 401
    assert (
        Client(headers={"Authorization": "Bearer nonsense"}).get(reverse("grading:api_results")).status_code
        == 401
    )
    signed_in = Client()
    signed_in.force_login(graded.officer_a, backend="django.contrib.auth.backends.ModelBackend")
    assert signed_in.get(reverse("grading:api_results")).status_code == 401, "a session is not a key"


def test_writing_is_refused(graded: Any, api_a: Api) -> None:
    graded.release()
    result = graded.result_of(graded.attempts_a[1])
    url = reverse("grading:api_result", args=[result.pk])
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(api_a.client, method)(
            url, {"points": "6", "passed": True}, content_type="application/json"
        )
        assert answer.status_code == 405
    result.refresh_from_db()
    assert result.points == 0


def test_same_number_of_statements_for_one_row_and_for_many(
    graded: Any, api_a: Api, django_assert_max_num_queries: Any
) -> None:
    graded.release()
    graded.issue()
    for name in ("api_results", "api_certificates"):
        with django_assert_max_num_queries(5):
            assert api_a.get(name).status_code == 200


def test_public_verification_needs_no_key_and_masks(graded: Any) -> None:
    graded.release()
    certificate = graded.issue()[0]
    answer = Client().get(reverse("grading:api_verify", args=[certificate.number])).json()
    assert answer["status"] == "valid"
    assert answer["claims"]["holder"] != certificate.candidate.name
    assert "total" not in answer["claims"]
    code = certificate.claims["claims"]["code"]
    full = Client().get(reverse("grading:api_verify", args=[certificate.number]), {"c": code}).json()
    assert full["claims"]["holder"] == certificate.candidate.name
    unknown = Client().get(reverse("grading:api_verify", args=["LC2026100000017"])).json()
    assert (unknown["status"], unknown["claims"]) == ("unknown", None)


def test_the_document_and_its_page_name_every_address(client: Client) -> None:
    document = client.get(reverse("grading:openapi")).json()
    assert {"/api/v1/results/", "/api/v1/certificates/", "/api/v1/verify/{number}"} <= set(document["paths"])
    html = client.get(reverse("grading:api_docs")).content.decode()
    for address in document["paths"]:
        assert address in html
    assert '<script src="http' not in html
