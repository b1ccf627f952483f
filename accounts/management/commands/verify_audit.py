"""Check the audit log's hash chain."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.audit_chain import parse_anchor
from accounts.queries import audit
from accounts.services.sealing import seal_entries


class Command(BaseCommand):
    help = "Check every link of the audit log; ends with 1 if an entry was altered, removed or left out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            metavar="SEQUENCE:DIGEST",
            help="a head noted earlier (from this command or the log line 'audit sealed'); shows a cut off end",
        )
        parser.add_argument(
            "--export", metavar="FILE", help="also write the chain as JSON lines for outside checks"
        )
        parser.add_argument("--seal", action="store_true", help="first seal what waits")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            anchors = dict(parse_anchor(text) for text in options["head"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        while options["seal"] and seal_entries(full=True):
            pass
        if options["export"]:
            self._export(Path(options["export"]))
        report = audit.verify(anchors=anchors)
        for problem in report.problems:
            self.stdout.write(self.style.ERROR(f"PROBLEM {problem}"))
        self.stdout.write(f"{report.links} links, head {report.head_sequence}:{report.head_digest}")
        if not report.sound:
            raise CommandError("the audit log is not sound")
        self.stdout.write(self.style.SUCCESS("sound"))

    def _export(self, path: Path) -> None:
        with path.open("w", encoding="utf-8") as file:
            for link in audit.links():
                file.write(json.dumps(vars(link), ensure_ascii=False) + "\n")
