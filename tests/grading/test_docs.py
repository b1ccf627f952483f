"""The independent check printed in docs/certificates.md really works, and really refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from grading.certificates.envelope import seal
from grading.certificates.keys import Keyring, Signer
from grading.certificates.rendering import render
from tests.grading.certificates.samples import sample_intent

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/certificates.md"


def test_the_printed_script_checks_certificates(tmp_path: Path) -> None:
    found = re.search(r"```python\n(import base64.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S)
    assert found
    script, keys = tmp_path / "check.py", tmp_path / "keys.json"
    script.write_text(found[1], encoding="utf-8")
    signer, intent = Signer.generate(), sample_intent()
    keys.write_text(json.dumps(Keyring.of([signer.public_key]).as_json(issuer="量才")), encoding="utf-8")
    data = seal(render(intent), intent.claims, signer)

    def run(content: bytes) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "certificate.pdf"
        file.write_bytes(content)
        return subprocess.run(
            [sys.executable, "-X", "utf8", script, file, keys],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    good = run(data)
    assert (good.returncode, good.stdout.split()[0]) == (0, intent.claims.number), good.stderr
    for place in (100, len(data) // 2, len(data) - 40, len(data) - 900):
        assert run(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]).returncode != 0
