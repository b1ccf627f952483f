"""What waits for a standard keeper."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.home import Card

from .queries.editions import waiting_drafts


def drafts_card(user: Any) -> Card:
    """Drafts that wait for their report to be settled and to be published."""
    return Card(
        _("待核对的标准草稿"),
        waiting_drafts(user),
        reverse("standards:list"),
        hint=_("核对导入报告后由另一位管理员发布"),
        icon="tree",
    )
