"""What describes a site: containers, proxy, locks, the programs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_the_compose_file_describes_a_whole_site(compose):
    assert {"web", "worker", "beat", "postgres", "redis", "proxy", "migrate"} == set(compose["services"])
    assert "noeviction" in compose["services"]["redis"]["command"]
    assert all("ports" not in service for name, service in compose["services"].items() if name != "proxy")


def test_no_secret_stands_in_the_compose_file(compose):
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        for name, value in service.get("environment", {}).items():
            if re.search("KEY|PASSWORD|PEPPER|PASSPHRASE|_URL", name) and name != "LIANGCAI_SITE_URL":
                assert value.startswith(("/run/secrets/", "/var/lib/")), name
    text = (ROOT / ".gitignore").read_text() + (ROOT / ".dockerignore").read_text()
    assert "/secrets/" in text


def test_the_images_own_settings_exist():
    text = (ROOT / "Dockerfile").read_text()
    assert "requirements-site.lock" in text
    assert "USER liangcai" in text
    assert "config.settings.production" in text


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-site.lock"])
def test_locks_hold_a_hash_for_each_package_and_no_address(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^--(index|extra|find|trusted)", text, flags=re.M)
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[a-z0-9._-]+(\[.*\])?==", block), block[:80]
        assert "--hash=sha256:" in block, block[:80]


def test_the_site_lock_is_a_part_of_the_whole_lock():
    def pins(name):
        return set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(), flags=re.M))

    assert pins("requirements-site.lock") < pins("requirements.lock")
    names = {pin.partition("==")[0] for pin in pins("requirements.lock")}
    assert not names & {"psycopg", "psycopg-binary", "psycopg-c"}  # Django would silently take it


def test_programs_of_a_site_are_known():
    done = subprocess.run(
        [sys.executable, "-m", "config.serve", "dance"], cwd=ROOT, capture_output=True, text=True, env=None
    )
    assert done.returncode != 0
    assert "web|worker|beat|health" in done.stderr


def test_secrets_can_be_made_before_anything_is_installed():
    def make(kind):
        command = [sys.executable, "-I", "-S", "config/secrets_store.py", kind]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    from cryptography.fernet import Fernet

    Fernet(make("identity-key"))
    assert len(make("secret-key")) >= 50
    assert make("secret-key") != make("secret-key")


def test_message_catalogues_are_sound():
    from config import messages

    assert messages.problems() == []
