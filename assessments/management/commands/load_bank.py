"""Load a bank of items from YAML or JSON files: all or nothing, unchanged items untouched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.enums import Role
from accounts.errors import Refusal
from accounts.models import RoleGrant, User
from assessments.bank import read_files, read_manifest
from assessments.queries.items import edition_for_bank
from assessments.services.banks import load_bank

AUTHOR, REVIEWER = ("bank-author", "题库命题"), ("bank-reviewer", "题库审题")


class Command(BaseCommand):
    help = "Load items from a bank folder or files. Nothing is written if anything is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, help="a bank folder, or item files (.yaml, .json)")
        parser.add_argument(
            "--edition",
            default="",
            help="edition id, or the standard's title or code (default: the manifest's)",
        )
        parser.add_argument("--author", default=AUTHOR[0], help="user name that the items are written by")
        parser.add_argument(
            "--reviewer", default=REVIEWER[0], help="user name that approves them (with --approve)"
        )
        parser.add_argument("--approve", action="store_true", help="approve the items and put them to use")
        parser.add_argument("--dry-run", action="store_true", help="report only")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        entries, problems = read_files(options["paths"])
        try:
            manifest = next(
                (
                    found
                    for path in options["paths"]
                    if (found := read_manifest(path if path.is_dir() else path.parent))
                ),
                None,
            )
            edition = edition_for_bank(options["edition"] or (manifest.standard if manifest else ""))
        except Refusal as refusal:
            raise CommandError(f"{refusal.message}{refusal.hint}") from refusal
        except ValueError as error:
            raise CommandError(str(error)) from error
        if not entries and not problems:
            raise CommandError("没有找到题目文件")
        if problems:
            self._report({"created": [], "revised": [], "unchanged": []}, problems, options["json"])
            raise CommandError(f"{len(problems)} 处有误，什么也没有写入")
        author = _person(options["author"], AUTHOR, Role.AUTHOR)
        reviewer = _person(options["reviewer"], REVIEWER, Role.REVIEWER) if options["approve"] else None
        try:
            report = load_bank(
                author=author, reviewer=reviewer, edition=edition, entries=entries, dry_run=options["dry_run"]
            )
        except Refusal as refusal:
            raise CommandError(f"{refusal.message}{refusal.hint}") from refusal
        self._report(report.as_dict(), report.problems, options["json"])
        if report.problems:
            raise CommandError(f"{len(report.problems)} 处有误，什么也没有写入")

    def _report(self, summary: dict[str, Any], problems: list[Any], as_json: bool) -> None:
        if as_json:
            rows = [
                {
                    "file": p.file,
                    "line": p.line,
                    "item": p.item,
                    "place": p.place,
                    "message": p.message,
                    "mend": p.mend,
                }
                for p in problems
            ]
            self.stdout.write(json.dumps({**summary, "problems": rows}, ensure_ascii=False, indent=1))
            return
        for problem in problems:
            self.stderr.write(str(problem))
        counts = {name: len(summary[name]) for name in ("created", "revised", "unchanged")}
        self.stdout.write(f"新增 {counts['created']}，修订 {counts['revised']}，未变 {counts['unchanged']}")


def _person(username: str, shipped: tuple[str, str], role: Role) -> User:
    """The named user. The shipped bank's own author and reviewer are made where missing, unable to sign in."""
    user = User.objects.filter(username=username).first()
    if user is None:
        if username != shipped[0]:
            raise CommandError(f"没有用户 {username}")
        user = User(username=username, display_name=shipped[1])
        user.set_unusable_password()
        user.save()
        RoleGrant.objects.get_or_create(user=user, role=role)
    return user
