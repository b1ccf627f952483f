"""API keys: made, used, rotated, revoked; what a key may and may not do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.api_auth import ApiKeyAuthentication, HasScope, KeyThrottle
from accounts.api_errors import exception_handler
from accounts.enums import Scope
from accounts.errors import Invalid, NotFound, Refusal
from accounts.models import ApiKey, AuditEntry
from accounts.queries.keys import active_key, key_for, keys_for
from accounts.services import keys


class Results(APIView):
    authentication_classes = (ApiKeyAuthentication,)
    permission_classes = (HasScope,)
    throttle_classes = (KeyThrottle,)
    required_scope = Scope.RESULTS_READ

    def get(self, request):
        return Response({"school": request.auth.school.code})

    def get_exception_handler(self):
        return exception_handler


class Forgetful(Results):
    required_scope = ""


@pytest.fixture
def made(cast):
    return keys.create_key(
        actor=cast.officer_a, school=cast.school_a, name="教务", scopes=[Scope.RESULTS_READ]
    )


def ask(header: str | None, view=Results):
    extra = {"HTTP_AUTHORIZATION": header} if header is not None else {}
    return view.as_view()(APIRequestFactory().get("/api/v1/results", **extra))


def test_a_key_opens_its_own_school(made, cast):
    response = ask(f"Bearer {made.secret}")
    assert (response.status_code, response.data) == (200, {"school": cast.school_a.code})


def test_only_a_digest_is_stored(made):
    stored = ApiKey.objects.filter(pk=made.key.pk).values().get()
    assert made.secret not in str(stored)
    assert made.secret.split(".")[1] not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "Bearer nodot",
        "Bearer lc000.wrong",
        "Token x.y",
        "Bearer " + "x" * 5000,
        "Bearer \xff.\xfe",
        "Bearer a\x00b.c",
    ],
)
def test_anything_else_is_401_with_a_way_out(made, header):
    response = ask(header)
    assert response.status_code == 401
    assert response.data["error"]["hint"]
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_prefix_with_another_secret_is_refused(made):
    assert ask(f"Bearer {made.key.prefix}.{'A' * 43}").status_code == 401


def test_missing_scope_is_403_and_named(cast):
    other = keys.create_key(actor=cast.admin, school=cast.school_a, name="x", scopes=[Scope.STANDARDS_READ])
    response = ask(f"Bearer {other.secret}")
    assert response.status_code == 403
    assert "results:read" in response.data["error"]["message"]


def test_a_view_that_forgot_its_scope_is_closed(made):
    assert ask(f"Bearer {made.secret}", Forgetful).status_code == 403


def test_revoked_expired_and_switched_off(made, cast):
    header = f"Bearer {made.secret}"
    ApiKey.objects.filter(pk=made.key.pk).update(expires_at=timezone.now())
    assert ask(header).status_code == 401
    ApiKey.objects.filter(pk=made.key.pk).update(expires_at=None)
    cast.school_a.is_active = False
    cast.school_a.save()
    assert ask(header).status_code == 401
    cast.school_a.is_active = True
    cast.school_a.save()
    assert ask(header).status_code == 200
    keys.revoke_key(actor=cast.officer_a, key=made.key)
    assert ask(header).status_code == 401


def test_rotation_overlaps_and_keeps_scopes(made, cast):
    new = keys.rotate_key(actor=cast.officer_a, key=made.key)
    assert (new.key.scopes, new.key.name) == (made.key.scopes, made.key.name)
    assert ask(f"Bearer {made.secret}").status_code == ask(f"Bearer {new.secret}").status_code == 200
    old = ApiKey.objects.get(pk=made.key.pk)
    assert timedelta(hours=23) < old.expires_at - timezone.now() <= timedelta(hours=24)
    keys.revoke_key(actor=cast.officer_a, key=made.key)
    with pytest.raises(Refusal) as refusal:
        keys.rotate_key(actor=cast.officer_a, key=made.key)
    assert refusal.value.code == "key_not_active"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scopes": []}, "no_scope"),
        ({"scopes": ["results:write"]}, "unknown_scope"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expired_already"),
    ],
)
def test_wrong_keys_are_not_made(cast, change, code):
    arguments = {"school": cast.school_a, "name": "x", "scopes": [Scope.RESULTS_READ]} | change
    with pytest.raises(Invalid) as refusal:
        keys.create_key(actor=cast.admin, **arguments)
    assert refusal.value.code == code
    assert not ApiKey.objects.exists()


def test_last_use_is_noted_once_a_minute(made):
    ask(f"Bearer {made.secret}")
    first = ApiKey.objects.get(pk=made.key.pk).last_used_at
    ask(f"Bearer {made.secret}")
    assert first is not None
    assert ApiKey.objects.get(pk=made.key.pk).last_used_at == first


def test_too_many_requests_are_429_with_a_time(made, monkeypatch):
    monkeypatch.setattr(KeyThrottle, "rate", "3/min")
    codes = [ask(f"Bearer {made.secret}").status_code for _n in range(4)]
    assert codes == [200, 200, 200, 429]
    response = ask(f"Bearer {made.secret}")
    assert int(response["Retry-After"]) > 0
    assert response.data["error"]["code"] == "throttled"


def test_an_officer_sees_the_own_school_alone(made, cast):
    assert list(keys_for(cast.officer_a)) == list(keys_for(cast.admin)) == [made.key]
    assert not keys_for(cast.officer_b).exists()
    with pytest.raises(NotFound):
        key_for(cast.officer_b, made.key.pk)


def test_active_key_compares_the_whole_secret(made):
    assert active_key(made.secret) == made.key
    assert active_key(made.secret[:-1]) is None
    assert active_key(made.secret + "x") is None
