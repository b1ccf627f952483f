"""Import items as one author's drafts: the Excel template, YAML or JSON. All or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refusal
from accounts.models import User
from assessments.bank import LARGEST_FILE, FileProblem
from assessments.queries.items import edition_for_bank
from assessments.services.banks import load_bank
from assessments.sheets import read_upload

FORMATS = {".xlsx": "xlsx", ".yaml": "yaml", ".yml": "yaml", ".json": "json"}


class Command(BaseCommand):
    help = "Read items from a file and, unless something is wrong, keep them as drafts of --author."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--edition", default="", help="edition id, or the standard's title or code")
        parser.add_argument("--author", default="", help="user name of the author (needed to write)")
        parser.add_argument("--dry-run", action="store_true", help="report only")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if path.suffix.lower() not in FORMATS:
            raise CommandError(f"不认识的格式 {path.suffix}；可用：{'、'.join(FORMATS)}")
        author = User.objects.filter(username=options["author"]).first()
        if author is None and not options["dry_run"]:
            raise CommandError("写入需要 --author 用户名")
        try:
            if path.stat().st_size > LARGEST_FILE:
                raise CommandError("文件超过 8 MB，请拆成几个文件")
            entries, problems = read_upload(path.read_bytes(), path.name)
            edition = edition_for_bank(options["edition"])
            report = load_bank(
                author=author or User(),
                reviewer=None,
                edition=edition,
                entries=entries,
                dry_run=options["dry_run"] or bool(problems),
            )
        except OSError as error:
            raise CommandError(f"打不开 {path}：{error.strerror}") from error
        except Refusal as refusal:
            raise CommandError(f"{refusal.message}{refusal.hint}") from refusal
        found = list(dict.fromkeys([*problems, *report.problems]))
        self._show(path, len(entries), [entry.item.code for entry in entries], found, options)
        if found and not options["dry_run"]:
            raise CommandError(f"{len(found)} 处有误，什么也没有写入")

    def _show(
        self, path: Path, read: int, codes: list[str], problems: list[FileProblem], options: dict[str, Any]
    ) -> None:
        """``read`` = imported + partial + refused: nothing is kept in part, so partial is always empty."""
        bad = {problem.item for problem in problems}
        rows = [
            {"item": p.item, "line": p.line, "place": p.place, "message": p.message, "mend": p.mend}
            for p in problems
        ]
        unread = sorted(bad - set(codes) - {""})
        imported = [code for code in codes if code not in bad]
        if options["json"]:
            body = {
                "format": FORMATS[path.suffix.lower()],
                "read": read + len(unread),
                "imported": len(imported),
                "partial": [],
                "refused": sorted(bad & set(codes)) + unread,
                "problems": rows,
            }
            self.stdout.write(json.dumps(body, ensure_ascii=False, indent=1))
            return
        for problem in problems:
            self.stderr.write(str(problem))
        self.stdout.write(f"读到 {read + len(unread)}，可导入 {len(imported)}，有误 {len(bad)}")
