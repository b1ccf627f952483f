"""The audit log's hash chain, in the standard library alone, so that an outsider can check an export.

    python manage.py verify_audit --export audit.jsonl
    python accounts/audit_chain.py audit.jsonl [--head SEQUENCE:DIGEST]

Each line of the export is one sealed entry: `{"sequence", "previous_digest", "digest", "entry": {…}}`.
digest = SHA-256(previous digest as ASCII + canonical JSON of the entry as UTF-8), in hex; the first link's
previous digest is 64 zeros; canonical JSON has sorted keys, no blanks, and characters as they are.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True)
class Link:
    """One sealed entry."""

    sequence: int
    previous_digest: str
    digest: str
    entry: Mapping[str, Any]


@dataclass
class Report:
    """What a check found. problems: sentences naming the link; head: the last link seen."""

    links: int = 0
    head_sequence: int = 0
    head_digest: str = GENESIS
    problems: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.problems


def canonical(entry: Mapping[str, Any]) -> bytes:
    """The one form of an entry that is hashed."""
    return json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def digest_of(previous: str, entry: Mapping[str, Any]) -> str:
    return hashlib.sha256(previous.encode("ascii") + canonical(entry)).hexdigest()


def check(
    links: Iterable[Link],
    *,
    start: int = 1,
    previous: str = GENESIS,
    anchors: Mapping[int, str] | None = None,
) -> Report:
    """Follow the chain from its start (or from a trusted link before `start`).

    anchors: digests noted earlier, by sequence; a missing or different one is a problem, which is how a cut
    off end or a wholly rewritten chain shows.
    """
    report = Report(head_sequence=start - 1, head_digest=previous)
    awaited = dict(anchors or {})
    for link in links:
        expected = report.head_sequence + 1
        if link.sequence != expected:
            report.problems.append(f"link {expected} is missing (the next one is {link.sequence})")
        elif link.previous_digest != report.head_digest:
            report.problems.append(f"link {link.sequence} does not follow link {link.sequence - 1}")
        if digest_of(link.previous_digest, link.entry) != link.digest:
            report.problems.append(f"entry {link.entry.get('id')} (link {link.sequence}) was altered")
        if awaited.pop(link.sequence, link.digest) != link.digest:
            report.problems.append(f"link {link.sequence} is not the one noted earlier")
        report.links += 1
        report.head_sequence, report.head_digest = link.sequence, link.digest
    report.problems.extend(f"link {sequence}, noted earlier, is gone" for sequence in sorted(awaited))
    return report


def read(lines: Iterable[str]) -> Iterator[Link]:
    """Links of an export. Raises ValueError naming the line that is not one."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            yield Link(
                int(record["sequence"]),
                str(record["previous_digest"]),
                str(record["digest"]),
                dict(record["entry"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"line {number} is not a sealed entry: {error}") from error


def parse_anchor(text: str) -> tuple[int, str]:
    """`SEQUENCE:DIGEST`. Raises ValueError."""
    sequence, colon, digest = text.partition(":")
    if not colon or len(digest) != 64:
        raise ValueError("an earlier head is written SEQUENCE:DIGEST")
    return int(sequence), digest.lower()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check an export of the audit log.")
    parser.add_argument("file")
    parser.add_argument(
        "--head", action="append", default=[], metavar="SEQUENCE:DIGEST", help="a head noted earlier"
    )
    options = parser.parse_args(arguments)
    with open(options.file, encoding="utf-8") as file:
        report = check(read(file), anchors=dict(parse_anchor(text) for text in options.head))
    for problem in report.problems:
        sys.stdout.write(f"PROBLEM {problem}\n")
    sys.stdout.write(f"{report.links} links, head {report.head_sequence}:{report.head_digest}\n")
    return 0 if report.sound else 1


if __name__ == "__main__":
    sys.exit(main())
