"""The fixed cast: two schools, their officers and candidates, and one person (or two) for each role.

    def test_x(cast, client_of):
        client_of(cast.examiner).get(...)

Imported by tests/conftest.py, so that every test may ask for `cast` and `client_of`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

PASSWORD = "cast-password-1"


class Cast:
    """admin keeper author reviewer examiner examiner2 invigilator marker marker2 arbiter officer_a officer_b
    candidate_a candidate_b, and school_a school_b. `nobody` is signed in without a role."""

    admin: Any
    keeper: Any
    author: Any
    reviewer: Any
    examiner: Any
    examiner2: Any
    invigilator: Any
    marker: Any
    marker2: Any
    arbiter: Any
    officer_a: Any
    officer_b: Any
    candidate_a: Any
    candidate_b: Any
    nobody: Any
    school_a: Any
    school_b: Any

    def __init__(self) -> None:
        from accounts.services.cast import make_demo_cast
        from accounts.services.people import create_user

        made = make_demo_cast(password=PASSWORD)
        for name, user in made.users.items():
            setattr(self, name, user)
        for key, school in made.schools.items():
            setattr(self, f"school_{key}", school)
        self.nobody = create_user(actor=None, username="nobody", display_name="无角色", password=PASSWORD)

    def of_role(self, role: str) -> Any:
        """The (first) person of a role."""
        return getattr(self, role, None) or getattr(self, f"{role}_a")


@pytest.fixture
def cast(db: None, settings: Any) -> Cast:
    settings.DEMO = True
    return Cast()


@pytest.fixture
def client_of() -> Callable[[Any], Client]:
    """`client_of(user)`: a test client signed in as the user; `client_of(None)`: signed in as no one."""

    def make(user: Any) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make
