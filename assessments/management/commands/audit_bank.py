"""Audit the bank: coverage of the standard, and the machine-checkable part of the review checklist."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refusal
from assessments.bank import bank_files
from assessments.bank_audit import Report, audit_entries, audit_files, show
from assessments.queries.items import bank_entries, edition_for_bank, manifest_of


class Command(BaseCommand):
    help = "Print coverage and checklist failures of the bank in the database (or of files, with --files)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--files", nargs="+", type=Path, help="audit these files or folders instead of the database"
        )
        parser.add_argument("--edition", default="", help="edition id, or the standard's title or code")
        parser.add_argument("--min", type=int, default=3, help="items asked for per requirement (default 3)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["files"]:
            if not bank_files(options["files"]):
                raise CommandError("没有找到题目文件")
            report = audit_files(options["files"], least=options["min"])
        else:
            report = self._database(options)
        self.stdout.write(report.as_json() if options["json"] else show(report))
        if report.failures:
            sys.exit(1)

    def _database(self, options: dict[str, Any]) -> Report:
        try:
            edition = edition_for_bank(options["edition"])
        except Refusal as refusal:
            raise CommandError(f"{refusal.message}{refusal.hint}") from refusal
        return audit_entries(list(bank_entries(edition)), manifest_of(edition), least=options["min"])
