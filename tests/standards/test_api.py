"""Standards over the API: published editions only, with a key that may read them."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.enums import Scope
from accounts.services.keys import create_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def bearer(cast: Any) -> dict[str, str]:
    made = create_key(actor=cast.admin, school=cast.school_a, name="test", scopes=[Scope.STANDARDS_READ])
    return {"Authorization": f"Bearer {made.secret}"}


def test_list_detail_tree(client, published, bearer):
    listed = client.get("/api/v1/standards/", headers=bearer).json()["results"]
    assert [
        (row["standard"], row["levels"], row["domains"], row["tasks"], row["requirements"]) for row in listed
    ] == [("kuajing-b2c", 3, 8, 23, 73)]
    detail = client.get(f"/api/v1/standards/{published.pk}/", headers=bearer).json()
    assert detail == listed[0]
    tree = client.get(f"/api/v1/standards/{published.pk}/tree/", headers=bearer).json()
    assert [level["name"] for level in tree["levels"]] == ["初级", "中级", "高级"]
    assert tree["levels"][0]["domains"][1] | {"tasks": []} == {
        "code": "2",
        "name": "跨境物流作业",
        "tasks": [],
    }


def test_drafts_are_not_shown(client, imported, bearer):
    assert client.get("/api/v1/standards/", headers=bearer).json()["results"] == []
    for path in ("", "tree/"):
        reply = client.get(f"/api/v1/standards/{imported.pk}/{path}", headers=bearer)
        assert reply.status_code == 404
        assert reply.json()["error"]["code"] == "edition_unknown"


def test_the_key_must_hold_the_scope(client, cast, published):
    assert client.get("/api/v1/standards/").status_code == 401
    made = create_key(actor=cast.admin, school=cast.school_a, name="other", scopes=[Scope.RESULTS_READ])
    reply = client.get("/api/v1/standards/", headers={"Authorization": f"Bearer {made.secret}"})
    assert reply.status_code == 403
    assert client.post(
        "/api/v1/standards/", headers={"Authorization": f"Bearer {made.secret}"}
    ).status_code in (403, 405)


def test_queries_do_not_grow(client, published, bearer, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        client.get(f"/api/v1/standards/{published.pk}/tree/", headers=bearer)
