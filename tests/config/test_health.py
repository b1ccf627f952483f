"""Health and request ids, at the edge of the site."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.django_db


def test_healthz_answers_without_touching_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_readyz_names_each_part(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "state": "ready",
        "parts": {"database": "ok", "migrations": "ok", "redis": "ok"},
    }


def test_a_lost_redis_degrades_but_does_not_stop_the_site(client, settings):
    lost = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": lost}
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["state"] == "degraded"
    assert response.json()["parts"]["redis"] == "unreachable"


def test_every_answer_carries_a_request_id_and_keeps_a_proxys(client):
    assert len(client.get("/healthz")["X-Request-ID"]) == 32
    assert (
        client.get("/healthz", headers={"X-Request-ID": "edge-12345678"})["X-Request-ID"] == "edge-12345678"
    )
    forged = client.get("/healthz", headers={"X-Request-ID": "a b\tc<script>"})["X-Request-ID"]
    assert len(forged) == 32


@pytest.mark.parametrize(
    ("hops", "chain", "expected"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (1, "not an address", "127.0.0.1"),
        (2, "203.0.113.9", "127.0.0.1"),
    ],
)
def test_the_callers_address_is_the_trusted_proxys_word(rf, settings, hops, chain, expected):
    from config.middleware import ForwardedForMiddleware

    settings.PROXY_HOPS = hops
    seen = {}
    request = rf.get("/", headers={"X-Forwarded-For": chain}, REMOTE_ADDR="127.0.0.1")
    ForwardedForMiddleware(lambda r: seen.update(address=r.META["REMOTE_ADDR"]))(request)
    assert seen["address"] == expected


def test_content_policy_forbids_inline_code(client):
    policy = client.get("/healthz")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_a_failed_request_is_logged_with_its_id_and_without_its_query(client, capfd):
    import logging.config

    from config import logs

    logging.config.dictConfig(logs.configuration("json", "INFO"))
    try:
        response = client.get("/no-such-page?identity=370102199001011234", headers={"Accept": "text/html"})
    finally:
        from django.conf import settings

        logging.config.dictConfig(settings.LOGGING)
        logs.configuration(settings.LOG_FORMAT, settings.LOG_LEVEL)
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    assert lines
    assert {line["request_id"] for line in lines} == {response["X-Request-ID"]}
    assert "370102199001011234" not in json.dumps(lines)
