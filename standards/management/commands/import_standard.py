"""`manage.py import_standard FILE`: read a standard document into a draft edition, or only show the report."""

from __future__ import annotations

import io
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refusal
from accounts.models import User
from standards.importing import DraftEdition, ImportRefused
from standards.importing.findings import KINDS
from standards.importing.reader import check_size
from standards.services import editions


def _write_utf8(stream: TextIO, *, always: bool = False) -> None:
    """Make a stream write UTF-8 where its own encoding has no Chinese; JSON is UTF-8 always."""
    if not isinstance(stream, io.TextIOWrapper):
        return
    try:
        "标".encode(stream.encoding)
    except (UnicodeEncodeError, LookupError):
        always = True
    if always:
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


class Command(BaseCommand):
    help = "导入职业技能等级标准文档，生成草稿版本；--dry-run 只看导入报告，不写入。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="标准文档（纯文本）")
        parser.add_argument("--dry-run", action="store_true", help="只读取和报告，不写入数据库")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出结构和报告")
        parser.add_argument("--code", default="", help="标准代码，如 kuajing-b2c（新代码会新建标准）")
        parser.add_argument("--label", default="", help="版本名；不写则用当天日期")
        parser.add_argument("--user", default="", help="以哪个用户的名义导入（用户名）")

    def handle(self, *args: Any, **options: Any) -> None:
        _write_utf8(sys.stdout, always=options["json"])
        _write_utf8(sys.stderr)
        try:
            data, name = self._read(Path(options["file"]))
            draft = editions.read_document(data, name)
            edition = None
            if not options["dry_run"]:
                edition = editions.import_document(
                    actor=self._actor(options["user"]),
                    data=data,
                    name=name,
                    code=options["code"],
                    label=options["label"],
                    draft=draft,
                )
        except Refusal as refusal:
            raise CommandError(" ".join(filter(None, [str(refusal.message), str(refusal.hint)]))) from None
        if options["json"]:
            self.stdout.write(json.dumps(draft.as_report(), ensure_ascii=False, indent=1))
            return
        self._summary(draft, edition)

    def _read(self, path: Path) -> tuple[bytes, str]:
        try:
            if path.is_dir():
                raise CommandError(f"{path}：这是一个文件夹。请给出标准文档的文件名。")
            check_size(path.stat().st_size, path.name)
            return path.read_bytes(), path.name
        except ImportRefused as refused:
            raise CommandError(str(refused)) from None
        except FileNotFoundError:
            raise CommandError(f"{path}：没有这个文件。请检查路径和文件名。") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CommandError(f"{path}：读不了这个文件（{reason}）。请检查文件权限。") from None

    def _actor(self, username: str) -> User | None:
        if not username:
            return None
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"没有用户 {username}。请检查 --user。")
        return user

    def _summary(self, draft: DraftEdition, edition: Any) -> None:
        counts = draft.counts()
        out = self.stdout.write
        out(f"《{draft.title}》（编码 {draft.encoding}）")
        for level in draft.levels:
            out(
                f"  {level.name}：{len(level.domains)} 个工作领域，{len(level.tasks)} 个工作任务，"
                f"{len(level.requirements)} 条职业技能要求"
            )
        out(
            f"  合计 {counts['levels']} 个等级，{counts['domains']} 个领域，{counts['tasks']} 个任务，"
            f"{counts['requirements']} 条要求；术语 {len(draft.terms)}，规范性引用文件 {len(draft.references)}，"
            f"专业 {len(draft.majors)}，岗位 {len(draft.job_profiles)}，参考文献 {len(draft.bibliography)}"
        )
        ledger = draft.table_ledger
        out(
            f"  表格共 {ledger['total']} 个字符：用于结构 {ledger['used']}，表头和标记 {ledger['structure']}，"
            f"空白 {ledger['blank']}，修复 {ledger['repaired']}，报告 {ledger['reported']}，无着落 {ledger['unclaimed']}"
        )
        out(f"导入报告（{len(draft.findings)} 条）：")
        for kind, number in sorted(Counter(f.kind for f in draft.findings).items()):
            out(f"  {number:>4}  {kind:<28} {KINDS[kind]}")
        if edition is None:
            out("只是预览：没有写入任何内容。")
        else:
            out(
                f"已建立草稿版本 {edition.pk}：{edition.standard.code} / {edition.label}。请核对导入报告后发布。"
            )
