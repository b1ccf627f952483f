"""Refusals and failures, as a person and as a program see them."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import RequestFactory
from django.urls import path
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from accounts.errors import Refusal
from config import urls as site

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def refuse(request):
    raise Refusal("form_frozen", "试卷已冻结，不能再改。", hint="请复制一份再改。", data={"form": 7})


def fail(request):
    raise RuntimeError("secret detail")


def vanish(request):
    raise Http404("secret detail")


class Api(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request, kind):
        errors = {
            "refusal": Refusal("form_frozen", "试卷已冻结。", hint="请复制。", data={"form": 7}),
            "validation": ValidationError({"name": ["不能为空"]}),
            "missing": Http404(),
            "throttled": Throttled(wait=3.2),
        }
        raise errors[kind]


urlpatterns = [
    path("refuse", refuse),
    path("fail", fail),
    path("vanish", vanish),
    path("api/try/<str:kind>", Api.as_view()),
    *site.urlpatterns,
]
handler400, handler403 = site.handler400, site.handler403
handler404, handler500 = site.handler404, site.handler500


def test_a_refusal_is_a_page_that_explains_itself(client):
    response = client.get("/refuse", headers={"Accept": "text/html"})
    assert response.status_code == 409
    text = response.content.decode()
    assert "试卷已冻结，不能再改。" in text
    assert "请复制一份再改。" in text
    assert response["X-Request-ID"] in text


def test_a_refusal_is_json_for_a_program(client):
    response = client.get("/refuse", headers={"Accept": "application/json"})
    assert response.status_code == 409
    assert response.json() == {
        "error": {
            "code": "form_frozen",
            "message": "试卷已冻结，不能再改。",
            "hint": "请复制一份再改。",
            "data": {"form": 7},
            "request_id": response["X-Request-ID"],
        }
    }


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("refusal", 409, "form_frozen"),
        ("validation", 400, "invalid"),
        ("missing", 404, "not_found"),
        ("throttled", 429, "throttled"),
    ],
)
def test_api_errors_have_the_one_format(client, kind, status, code):
    response = client.get(f"/api/try/{kind}")
    assert response.status_code == status
    error = response.json()["error"]
    assert error["code"] == code
    assert set(error) == {"code", "message", "hint", "data", "request_id"}
    assert error["request_id"] == response["X-Request-ID"]


def test_validation_names_the_field(client):
    assert set(client.get("/api/try/validation").json()["error"]["data"]["fields"]) == {"name"}


def test_throttling_says_when_to_come_back(client):
    assert client.get("/api/try/throttled")["Retry-After"] in {"4", "5"}


@pytest.mark.parametrize(("address", "status"), [("/fail", 500), ("/vanish", 404), ("/no-such-page", 404)])
def test_failures_tell_no_detail(client, address, status):
    client.raise_request_exception = False
    response = client.get(address, headers={"Accept": "text/html"})
    assert response.status_code == status
    assert "secret detail" not in response.content.decode()
    assert response["X-Request-ID"] in response.content.decode()


def test_the_failure_page_needs_no_database(client, django_assert_num_queries):
    from accounts.refusals import server_error

    with django_assert_num_queries(0):
        response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500


def test_a_form_without_its_token_is_refused_with_a_page(rf, settings):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    response = client.post("/i18n/setlang/", {"language": "en"}, headers={"Accept": "text/html"})
    assert response.status_code == 403
    assert "csrf_failed" in response.content.decode()
