"""The pages of accounts, as people use them."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role, Scope
from accounts.home import Card, cards_for, register_card
from accounts.models import ApiKey, AuditEntry, School, User
from accounts.services import keys, people
from accounts.services.audit import record
from tests.cast import PASSWORD


def text(response) -> str:
    return response.content.decode()


def test_sign_in_leads_home_and_keeps_a_safe_next(cast):
    for target, expected in (
        ("", "/"),
        ("/password", "/password"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ):
        data = {"username": "author", "password": PASSWORD, "next": target}
        response = Client().post(reverse("accounts:sign_in"), data)
        assert (response.status_code, response["Location"]) == (302, expected)


def test_wrong_password_says_so_without_saying_which(cast):
    for username in ("author", "no-such-person"):
        response = Client().post(reverse("accounts:sign_in"), {"username": username, "password": "wrong"})
        assert response.status_code == 200
        assert "用户名或密码不对" in text(response)


def test_lockout_is_a_clear_page(cast, settings):
    settings.AXES_ENABLED = True
    settings.AXES_FAILURE_LIMIT = 3
    client = Client()
    url = reverse("accounts:sign_in")
    for _try in range(3):
        response = client.post(url, {"username": "author", "password": "wrong"})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "暂停登录" in text(response)
    response = client.post(url, {"username": "author", "password": PASSWORD})
    assert response.status_code == 429, "the right password doesn't help while it is locked"


def test_signed_out_visitors_are_sent_to_sign_in_and_back(cast):
    response = Client().get(reverse("accounts:user_list") + "?role=none")
    assert response["Location"] == "/sign-in?next=/admin/users%3Frole%3Dnone"


def test_home_says_what_waits(cast, client_of):
    page = text(client_of(cast.admin).get("/"))
    assert "没有角色的账号" in page
    assert "等您处理" in page
    assert "您的账号还没有角色" in text(client_of(cast.nobody).get("/"))


def test_a_broken_card_does_not_take_the_page_down(cast, client_of, monkeypatch):
    def broken(user):
        raise RuntimeError("secret")

    monkeypatch.setattr("accounts.home._cards", {})
    register_card(Role.ADMIN, broken)
    register_card(Role.ADMIN, lambda user: [Card("一", 0), Card("二", 3)])
    assert [card.title for card in cards_for(Role.ADMIN, cast.admin) if card.count is not None] == [
        "二",
        "一",
    ]
    page = text(client_of(cast.admin).get("/"))
    assert "有一项暂时无法显示" in page
    assert "secret" not in page


def test_switching_role_changes_navigation_and_only_to_held_ones(cast, client_of):
    people.grant_role(actor=cast.admin, user=cast.author, role=Role.ADMIN)
    author = User.objects.get(pk=cast.author.pk)
    client = client_of(author)
    users = reverse("accounts:user_list")
    assert f'href="{users}"' not in text(client.get("/"))
    assert client.post(reverse("accounts:switch_role"), {"role": "admin"}).status_code == 302
    assert f'href="{users}"' in text(client.get("/"))
    assert client.post(reverse("accounts:switch_role"), {"role": "arbiter"}).status_code == 403


def test_preferences_are_kept_and_checked(cast, client_of):
    client = client_of(cast.author)
    url = reverse("accounts:preferences")
    client.post(url, {"theme": "dark", "next": "/"})
    assert 'data-theme="dark"' in text(client.get("/"))
    client.post(url, {"theme": '"><script>', "next": "/"})
    assert "data-theme" not in text(client.get("/")).split("<body")[0]
    response = client.post(url, {"language": "en", "next": "https://evil.example/"})
    assert response["Location"] == "/"
    cast.author.refresh_from_db()
    assert cast.author.language == "en"
    assert 'lang="en"' in text(client.get("/"))


def test_own_password_needs_the_current_one_and_keeps_this_session(cast, client_of):
    client, url = client_of(cast.author), reverse("accounts:password")
    new = "a-new-secret-77"
    response = client.post(url, {"current": "no", "new_password1": new, "new_password2": new})
    assert response.status_code == 400
    assert "当前密码不对" in text(response)
    response = client.post(url, {"current": PASSWORD, "new_password1": new, "new_password2": new})
    assert response.status_code == 302
    assert client.get("/").status_code == 200
    assert Client().login(username="author", password=new)
    assert AuditEntry.objects.filter(verb="user.change_password").count() == 1


def test_admin_makes_an_account_whose_password_is_shown_once(cast, client_of):
    client = client_of(cast.admin)
    data = {
        "username": "newcomer",
        "display_name": "新人",
        "roles": ["author"],
        "officer_of": [cast.school_b.pk],
    }
    response = client.post(reverse("accounts:user_create"), data)
    password = re.search(r'id="made-password">([^<]+)<', text(response))[1]
    assert "no-store" in response["Cache-Control"]
    user = User.objects.get(username="newcomer")
    assert user.check_password(password)
    assert set(user.role_grants.values_list("role", "school")) == {
        ("author", None),
        ("officer", cast.school_b.pk),
    }
    assert password not in str(list(AuditEntry.objects.values()))
    response = client.post(reverse("accounts:user_create"), data)
    assert response.status_code == 400
    assert "已被使用" in text(response)


def test_editing_keeps_candidate_roles(cast, client_of):
    url = reverse("accounts:user_edit", args=[cast.candidate_a.pk])
    client = client_of(cast.admin)
    response = client.post(
        url, {"display_name": "林小晓", "email": "", "is_active": "on", "roles": ["marker"]}
    )
    assert response.status_code == 302
    held = set(cast.candidate_a.role_grants.values_list("role", "school"))
    assert held == {("candidate", cast.school_a.pk), ("marker", None)}


def test_the_last_admin_is_told_why(cast, client_of):
    url = reverse("accounts:user_edit", args=[cast.admin.pk])
    response = client_of(cast.admin).post(url, {"display_name": "周管理", "is_active": "on", "roles": []})
    assert response.status_code == 400
    assert "至少要有一个能登录的系统管理员" in text(response)


@pytest.mark.parametrize(
    ("query", "found"), [("q=许", 1), ("role=examiner", 2), ("role=none", 1), ("school=MH01", 2)]
)
def test_user_filters(cast, client_of, query, found):
    response = client_of(cast.admin).get(reverse("accounts:user_list") + f"?{query}")
    assert len(response.context["page"].object_list) == found


@pytest.mark.parametrize("name", ["user_list", "school_list", "key_list", "audit_log"])
def test_lists_ask_the_same_number_of_questions_however_long(
    cast, client_of, name, django_assert_num_queries, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, url = client_of(cast.admin), reverse(f"accounts:{name}")
    keys.create_key(actor=cast.admin, school=cast.school_a, name="k", scopes=[Scope.RESULTS_READ])
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for number in range(12):
        school = School.objects.create(code=f"S{number}", name=f"学校{number}")
        user = User.objects.create(username=f"u{number}")
        people.grant_role(actor=None, user=user, role=Role.OFFICER, school=school)
        keys.create_key(actor=cast.admin, school=school, name="k", scopes=[Scope.RESULTS_READ])
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few)


def test_a_school_is_registered_once_and_keeps_its_code(cast, client_of):
    client = client_of(cast.admin)
    data = {"code": "gz-03", "name": "广州职院"}
    assert client.post(reverse("accounts:school_create"), data).status_code == 302
    school = School.objects.get(code="GZ-03")
    response = client.post(reverse("accounts:school_create"), data)
    assert (response.status_code, School.objects.filter(name="广州职院").count()) == (400, 1)
    url = reverse("accounts:school_edit", args=[school.pk])
    client.post(url, {"code": "OTHER", "name": "广州学院"})
    school.refresh_from_db()
    assert (school.code, school.name, school.is_active) == ("GZ-03", "广州学院", False)
    assert client.post(reverse("accounts:school_create"), {"code": "a b", "name": "x"}).status_code == 400


def test_officer_makes_and_revokes_a_key_of_the_own_school_only(cast, client_of):
    client = client_of(cast.officer_a)
    data = {"school": cast.school_b.pk, "name": "k", "scopes": ["results:read"]}
    assert client.post(reverse("accounts:key_create"), data).status_code == 400
    response = client.post(reverse("accounts:key_create"), data | {"school": cast.school_a.pk})
    secret = re.search(r'id="made-key">([^<]+)<', text(response))[1]
    key = ApiKey.objects.get()
    assert secret.startswith(key.prefix)
    assert secret not in text(client.get(reverse("accounts:key_list")))
    other = client_of(cast.officer_b)
    for action in ("key_rotate", "key_revoke"):
        assert other.post(reverse(f"accounts:{action}", args=[key.pk])).status_code == 404
    assert client.post(reverse("accounts:key_rotate", args=[key.pk])).status_code == 200
    assert client.post(reverse("accounts:key_revoke", args=[key.pk])).status_code == 302
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_audit_page_filters_and_escapes(cast, client_of):
    record(actor=cast.author, verb="item.edit", target=cast.author, data={"x": "<script>alert(1)</script>"})
    client = client_of(cast.admin)
    url = reverse("accounts:audit_log")
    page = text(client.get(url + "?verb=item"))
    assert "item.edit" in page
    assert "<script>alert(1)" not in page
    assert len(client.get(url + "?verb=item").context["page"].object_list) == 1
    assert client.get(url + "?since=nonsense&until=2026-99-99&page=x").status_code == 200
    assert client.get(url + "?since=2001-01-01&until=2001-01-02").context["page"].paginator.count == 0


def test_styleguide_shows_without_signing_in(db):
    page = text(Client().get(reverse("accounts:styleguide")))
    assert 'style="' not in page
    assert not re.search(r"\son[a-z]+=", page)


def test_a_switched_off_school_gives_its_officers_no_role(cast, client_of):
    cast.school_a.is_active = False
    cast.school_a.save()
    officer = User.objects.get(pk=cast.officer_a.pk)
    assert client_of(officer).get(reverse("accounts:key_list")).status_code == 403
