"""A standard keeper's things: the given document, imported."""

from __future__ import annotations

from typing import Any

import pytest

from . import documents


@pytest.fixture
def imported(cast: Any) -> Any:
    """The given document as a draft edition, imported by the first keeper."""
    from standards.services.editions import import_document

    return import_document(
        actor=cast.keeper,
        data=documents.given(),
        name="kuajing-b2c-standard.txt",
        code="kuajing-b2c",
        label="2020",
    )


@pytest.fixture
def second_keeper(db: None) -> Any:
    """Another keeper, who may publish what the first imported."""
    from accounts.enums import Role
    from accounts.models import RoleGrant
    from accounts.services.people import create_user

    user = create_user(actor=None, username="keeper-two", display_name="李标准", password="cast-password-1")
    RoleGrant.objects.create(user=user, role=Role.KEEPER)
    return user


@pytest.fixture
def published(imported: Any, second_keeper: Any) -> Any:
    """The given document, published."""
    from standards.services.editions import publish_edition

    return publish_edition(actor=second_keeper, edition=imported)
