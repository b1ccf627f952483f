"""Export the bank of an edition: Excel, YAML or JSON, by the file's suffix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refusal
from assessments.queries.items import bank_entries, edition_for_bank
from assessments.sheets import write_file


class Command(BaseCommand):
    help = "Write all items that are not retired to FILE (.xlsx, .yaml or .json)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--edition", default="", help="edition id, or the standard's title or code")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            items = [entry.item for entry in bank_entries(edition_for_bank(options["edition"]))]
            data, left_out = write_file(items, path.suffix.lower().lstrip("."))
            path.write_bytes(data)
        except Refusal as refusal:
            raise CommandError(f"{refusal.message}{refusal.hint}") from refusal
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        for code in left_out:
            self.stderr.write(f"{code}：这种格式装不下，没有导出")
        self.stdout.write(f"已导出 {len(items) - len(left_out)} 道题到 {path}")
