"""Keep the keys that sign certificates."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from grading.models import SigningKey
from grading.services import keys
from grading.services.certificates import issuer


class Command(BaseCommand):
    """``manage.py signing_key list|rotate|revoke|export``"""

    help = "List, rotate, revoke or export (public halves) the keys that sign certificates."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="action", required=True)
        commands.add_parser("list", help="all keys and their state")
        commands.add_parser("rotate", help="sign with a new key from now on")
        commands.add_parser("export", help="print keys.json")
        revoke = commands.add_parser("revoke", help="stop trusting a key")
        revoke.add_argument("kid")
        revoke.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "rotate":
            self.stdout.write(keys.rotate_key(actor=None).kid)
        elif options["action"] == "revoke":
            self.stdout.write(keys.revoke_key(actor=None, kid=options["kid"], reason=options["reason"]).kid)
        elif options["action"] == "export":
            document = keys.keyring().as_json(issuer=issuer())
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=1))
        else:
            for key in SigningKey.objects.order_by("created_at"):
                state = "revoked" if key.revoked_at else "retired" if key.retired_at else "active"
                self.stdout.write(f"{key.kid}  {state}  {key.created_at:%F %T}")
