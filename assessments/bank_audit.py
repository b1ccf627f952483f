"""Audit item files without a database: ``python -m assessments.bank_audit FILE_OR_FOLDER …``

Prints what is wrong, file and line first, and ends with 1 if anything failed. ``--json`` prints the same object as
``manage.py audit_bank --json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings

from assessments.bank import Entry, Manifest, bank_files, read_files, read_manifest
from assessments.checklist import Finding, check_bank, check_item, coverage


class Report(msgspec.Struct, frozen=True):
    """What an audit found: items read, coverage by requirement, findings by severity."""

    items: int
    requirements: dict[str, dict[str, Any]]
    failures: list[Finding]
    warnings: list[Finding]

    def as_json(self) -> str:
        """The report as a JSON object; findings as objects."""
        body = msgspec.to_builtins(self)
        return json.dumps(body, ensure_ascii=False, indent=1)


def audit_entries(
    entries: Sequence[Entry],
    manifest: Manifest | None,
    *,
    least: int = 3,
    whole: bool = True,
    broken: Sequence[Finding] = (),
) -> Report:
    """Every check over items already read; ``broken`` are the findings from reading them."""
    unusable = {finding.item for finding in broken}
    sound = [entry for entry in entries if entry.item.code not in unusable]
    found = list(broken)
    for entry in sound:
        for finding in check_item(entry.item):
            found.append(msgspec.structs.replace(finding, file=entry.file, line=entry.line))
    found += check_bank(sound, manifest, least=least, whole=whole)
    return Report(
        items=len(entries),
        requirements=coverage(sound, manifest),
        failures=[finding for finding in found if finding.severity == "failure"],
        warnings=[finding for finding in found if finding.severity == "warning"],
    )


def audit_files(paths: Sequence[Path], *, least: int = 3) -> Report:
    """Audit item files. Coverage is asked for only where a whole folder is given."""
    entries, problems = read_files(paths)
    manifest = None
    for folder in [path if path.is_dir() else path.parent for path in paths]:
        manifest = manifest or read_manifest(folder)
    broken = [
        Finding(
            "failure",
            problem.rule,
            problem.item,
            f"{problem.place}: {problem.message}",
            problem.mend,
            problem.file,
            problem.line,
        )
        for problem in problems
    ]
    return audit_entries(
        entries, manifest, least=least, whole=any(path.is_dir() for path in paths), broken=broken
    )


def show(report: Report, *, quiet: bool = False) -> str:
    """The report for a terminal."""
    lines = [f"不合格 {finding}" for finding in report.failures]
    if not quiet:
        lines += [f"提醒   {finding}" for finding in report.warnings]
    covered = sum(1 for row in report.requirements.values() if row["items"])
    lines.append(
        f"{report.items} 道题，覆盖职业技能要求 {covered}/{len(report.requirements)}；"
        f"不合格 {len(report.failures)}，提醒 {len(report.warnings)}"
    )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m assessments.bank_audit", description=__doc__.splitlines()[0]
    )
    parser.add_argument("paths", nargs="+", type=Path, help="item files (.yaml, .json) or a bank folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--min", type=int, default=3, help="items asked for per requirement (default 3)")
    parser.add_argument("--quiet", action="store_true", help="failures only")
    options = parser.parse_args(argv)
    if not settings.configured:
        settings.configure(USE_I18N=False)
    if not bank_files(options.paths):
        sys.stderr.write("没有找到题目文件\n")
        return 2
    report = audit_files(options.paths, least=options.min)
    sys.stdout.write((report.as_json() if options.json else show(report, quiet=options.quiet)) + "\n")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
