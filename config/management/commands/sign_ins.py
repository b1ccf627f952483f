"""`manage.py sign_ins`: the demo's people, made where they are missing, one sign-in for each role."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.errors import Refusal
from accounts.services import cast


class Command(BaseCommand):
    help = "Print one sign-in for each role of the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sign_ins = cast.make_demo_cast().sign_ins()
        except Refusal as refusal:
            raise CommandError(f"{refusal.message} {refusal.hint}") from refusal
        self.stdout.write(f"{settings.SITE_URL}/sign-in")
        for entry in sign_ins:
            role = f"{entry.role.label}（{entry.display_name}）"
            self.stdout.write(
                f"  {_padded(role, 26)} {entry.username:<13} {entry.password}  {entry.school}".rstrip()
            )


def _padded(text: str, width: int) -> str:
    """Filled with blanks to a width in terminal cells; a Chinese character takes two."""
    cells = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * max(0, width - cells)
