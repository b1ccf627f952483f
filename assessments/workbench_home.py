"""What the workbenches add to the navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.nav import register_nav


def register() -> None:
    """Called once when the app is ready."""
    register_nav(
        Role.AUTHOR,
        Role.REVIEWER,
        Role.EXAMINER,
        label=_("试做实操任务"),
        url_name="assessments:workbench-try",
        icon="truck",
        group="bank",
        order=20,
    )
