"""The permission matrix: every address, by role, against the table in tests/permissions.py."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import access_of
from accounts.enums import Role, Scope
from accounts.services import keys
from tests.permissions import ARGUMENTS, REFUSED_INSIDE, TABLE, UNDECLARED
from tests.urls import Address, addresses

SITE = {address.name: address for address in addresses()}
BY_ROLE = sorted(name for name, access in TABLE.items() if access.roles and name in SITE)
BY_SIGN_IN = sorted(name for name, access in TABLE.items() if access.signed_in and name in SITE)
OPEN = sorted(name for name, access in TABLE.items() if access.public and name in SITE)
BY_KEY = sorted(name for name, access in TABLE.items() if access.scope and name in SITE)
BY_ATTEMPT = sorted(name for name, access in TABLE.items() if access.attempt and name in SITE)


def url_of(address: Address) -> str:
    return reverse(address.name, kwargs=ARGUMENTS.get(address.name, address.arguments))


def ask(client: Client, address: Address, **headers: str):
    """GET, or POST where the view takes no GET."""
    url = url_of(address)
    response = client.get(url, headers=headers)
    return client.post(url, headers=headers) if response.status_code == 405 else response


def is_sent_to_sign_in(response) -> bool:
    return response.status_code == 302 and "sign-in" in response["Location"]


def test_every_address_has_a_name_and_a_line_in_the_table():
    unnamed = [address.route for address in addresses() if not address.name]
    assert not unnamed, f"addresses without a name: {unnamed}"
    missing, stale = sorted(SITE.keys() - TABLE.keys()), sorted(TABLE.keys() - SITE.keys())
    assert not missing, f"add to tests/permissions.py who may open: {missing}"
    assert not stale, f"tests/permissions.py names addresses that are gone: {stale}"


def test_every_view_declares_its_access():
    silent = [
        f"{address.name or address.route} ({address.view.__module__})"
        for address in addresses()
        if address.name not in UNDECLARED and access_of(address.view) is None
    ]
    assert not silent, f"views without @allow…: {silent}"


@pytest.mark.parametrize("name", sorted(TABLE.keys() & SITE.keys() - UNDECLARED))
def test_the_declaration_is_the_tables(name):
    assert access_of(SITE[name].view) == TABLE[name]


@pytest.fixture
def person(cast, client_of):
    """Clients by role, made once a test."""
    clients = {role: client_of(cast.of_role(role.value)) for role in Role}
    for client in clients.values():
        client.raise_request_exception = False
    return clients


def test_roles_open_what_the_table_says_and_nothing_else(person):
    """In one test, so that the cast is made once; all deviations are listed together."""
    wrong = []
    anonymous = Client(raise_request_exception=False)
    for name in BY_ROLE:
        address = SITE[name]
        if not is_sent_to_sign_in(ask(anonymous, address)):
            wrong.append(f"{name}: open without signing in")
        for role, client in person.items():
            # refusals as JSON: a thousand framed pages would take a minute
            status = ask(client, address, Accept="application/json").status_code
            if role in TABLE[name].roles:
                # 404: the sample object does not exist; 400 and 409: the empty form is refused
                closed = (401,) if name in REFUSED_INSIDE else (401, 403)
                if status in closed or status >= 500:
                    wrong.append(f"{name}: {status} for {role}, who may")
            elif status != 403:
                wrong.append(f"{name}: {status} for {role}, who may not")
    assert not wrong, "\n".join(wrong)


def test_pages_for_everyone_signed_in(cast, client_of):
    client = client_of(cast.nobody)
    client.raise_request_exception = False
    for name in BY_SIGN_IN:
        assert is_sent_to_sign_in(ask(Client(), SITE[name])), name
        # switching to no role is refused by the service, not by the door
        assert ask(client, SITE[name]).status_code < (404 if name == "accounts:switch_role" else 403), name


def test_public_pages_need_no_sign_in(db):
    for name in OPEN:
        response = ask(Client(raise_request_exception=False), SITE[name])
        assert response.status_code < 500, name
        if name not in ("accounts:sign_out", "candidates:ticket_sign_out"):
            assert not is_sent_to_sign_in(response), name


def test_the_api_wants_a_key_with_the_scope(cast):
    anonymous = Client(raise_request_exception=False)
    for name in BY_KEY:
        wanted = set(TABLE[name].scope.split())
        assert ask(anonymous, SITE[name]).status_code == 401, name
        others = [scope for scope in Scope.values if scope not in wanted]
        poor = keys.create_key(actor=cast.admin, school=cast.school_a, name="poor", scopes=others)
        rich = keys.create_key(actor=cast.admin, school=cast.school_a, name="rich", scopes=wanted)
        refused = ask(anonymous, SITE[name], Authorization=f"Bearer {poor.secret}")
        assert refused.status_code == 403, name
        given = ask(anonymous, SITE[name], Authorization=f"Bearer {rich.secret}")
        assert given.status_code not in (401, 403), (name, given.status_code)
        assert given.status_code < 500, name


def test_a_session_does_not_open_the_api(person):
    for name in BY_KEY:
        for role, client in person.items():
            assert ask(client, SITE[name]).status_code == 401, (name, role)


def test_delivery_wants_an_attempt_token(person):
    for name in BY_ATTEMPT:
        for client in (Client(raise_request_exception=False), *person.values()):
            url = url_of(SITE[name])
            codes = {client.get(url).status_code, client.post(url).status_code}
            assert codes <= {400, 401, 403, 404, 405}, (name, codes)
            assert codes & {401, 403}, (name, codes)
