"""The English catalogue: sound, and complete for what everyone sees."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.test import Client

from accounts.management.commands.updatemessages import collect, is_translated, marked_calls, merged
from config.messages import problems

ROOT = Path(__file__).resolve().parents[2]
PO = ROOT / "locale/en/LC_MESSAGES/django.po"
OURS = ("accounts/", "templates/accounts/", "templates/components/", "templates/errors/", "templates/b")


@pytest.fixture(scope="module")
def catalog():
    return merged(PO, "en", collect(ROOT))


def test_placeholders_agree():
    assert not problems()


def test_the_frame_and_accounts_are_translated(catalog):
    lacking = [
        message.id
        for message in catalog
        if message.id and not is_translated(message) and message.locations[0][0].startswith(OURS)
    ]
    assert not lacking, f"translate in {PO.relative_to(ROOT)} (manage.py updatemessages adds them): {lacking}"


def test_nearly_everything_is_translated(catalog):
    texts = [message for message in catalog if message.id]
    done = sum(is_translated(message) for message in texts)
    assert done / len(texts) > 0.9, f"{done} of {len(texts)} texts have a translation"


def test_nothing_is_guessed():
    with PO.open("rb") as file:
        assert not [message.id for message in read_po(file) if message.id and message.fuzzy]


def test_texts_of_templates_are_found():
    calls = marked_calls(" XXX _('甲') \n SSS ngettext('%(n)s 个', '%(n)s 个', count) X gettext(\"它's\") ")
    assert calls.count("\n") == 1
    assert "_('甲')" in calls
    assert "ngettext('%(n)s 个', '%(n)s 个')" in calls


def test_pages_speak_the_chosen_language(db):
    client = Client()
    assert "登录" in client.get("/sign-in", headers={"Accept-Language": "zh-CN"}).content.decode()
    english = client.get("/sign-in", headers={"Accept-Language": "en"}).content.decode()
    assert "Sign in" in english
    assert 'lang="en"' in english
