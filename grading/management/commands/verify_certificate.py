"""Check a certificate file: exit code 0 if it is genuine (and in force on this site), else 1."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from grading.certificates.errors import CertificateError
from grading.certificates.keys import parse_keyring
from grading.certificates.verification import verify


class Command(BaseCommand):
    """``manage.py verify_certificate FILE [--keys keys.json]``"""

    help = "Check a certificate PDF offline with a file of public keys, or against this site's records."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the certificate PDF")
        parser.add_argument("--keys", type=Path, help="public keys (keys.json); then no database is asked")
        parser.add_argument("--json", action="store_true", help="print the answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"文件无法读取：{options['file']}（{error.strerror}）") from error
        answer = self._offline(data, options["keys"]) if options["keys"] else self._on_record(data)
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
        else:
            self.stdout.write(answer["message"])
            if answer.get("detail"):
                self.stdout.write(answer["detail"])
            if answer["number"]:
                self.stdout.write(f"  number: {answer['number']}")
            for name, value in (answer.get("claims") or {}).items():
                if name == "number":
                    continue
                self.stdout.write(f"  {name}: {value}")
        if answer["status"] not in ("valid", "genuine"):
            sys.exit(1)

    def _offline(self, data: bytes, path: Path) -> dict[str, Any]:
        try:
            keyring = parse_keyring(path.read_bytes())
        except OSError as error:
            raise CommandError(f"公钥文件无法读取：{path}（{error.strerror}）") from error
        except CertificateError as error:
            raise CommandError(error.message) from error
        verdict = verify(data, keyring)
        claims = verdict.claims.as_json() if verdict.claims else None
        return {
            "status": verdict.finding.value,
            "message": verdict.message,
            "detail": verdict.detail,
            "number": verdict.claims.number if verdict.claims else "",
            "claims": claims,
        }

    def _on_record(self, data: bytes) -> dict[str, Any]:
        from grading.queries.verification import answer_for_file
        from grading.services.keys import keyring

        return answer_for_file(data, keyring()).as_json()
