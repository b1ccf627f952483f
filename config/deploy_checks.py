"""Checks of `manage.py check --deploy` that are our own."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def check_identity_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Identity keys must be usable: a wrong one would be noticed only with the first candidate."""
    from cryptography.fernet import Fernet

    if not settings.IDENTITY_KEYS:
        return [
            Error(
                "No key for identity numbers is set.", hint="Set LIANGCAI_IDENTITY_KEYS.", id="liangcai.E001"
            )
        ]
    for number, key in enumerate(settings.IDENTITY_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            return [
                Error(
                    f"Key {number} of LIANGCAI_IDENTITY_KEYS is not a Fernet key.",
                    hint="Make one: python -m config.secrets_store identity-key",
                    id="liangcai.E002",
                )
            ]
    return []


@register(Tags.database, deploy=True)
def check_durability(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """An acknowledged answer must survive a crash, so PostgreSQL must write before it answers.

    Runs only where databases are asked for (`check --deploy --database default`).
    """
    from django.db import connections

    errors: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                cursor.execute(f"SHOW {name}")
                value = cursor.fetchone()[0]
                if value == "off":
                    errors.append(
                        Error(
                            f"PostgreSQL runs with {name}=off: acknowledged answers can be lost.",
                            hint=f"Set {name}=on in postgresql.conf and for the role.",
                            id="liangcai.E003",
                        )
                    )
    return errors
