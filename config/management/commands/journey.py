"""`manage.py journey`: the main job against a running site, with its sums. Exits 1 if any sum is off."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import AuditEntry
from accounts.services import audit
from config.journey import building, steps, sums
from config.journey.person import PageError
from standards.models import Edition

BEGIN, COMPLETE = "journey.begin", "journey.complete"


class Command(BaseCommand):
    help = "Do the whole main job over HTTP and by the workers, check its sums, write var/journey.json."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", default=os.environ.get("JOURNEY_BASE_URL", settings.SITE_URL))
        parser.add_argument("--out", type=Path, default=settings.VAR_DIR / "journey.json")

    def handle(self, *args: Any, base_url: str, out: Path, **options: Any) -> None:
        if not getattr(settings, "DEMO", False):
            raise CommandError("The journey makes up people and passwords: it runs on demo settings only.")
        done = AuditEntry.objects.filter(verb=COMPLETE).order_by("-pk").first()
        if done is not None:
            self.stdout.write("The main job was done here before; its sums were:")
            self._report(done.data, out)
            return
        if Edition.objects.exists():
            raise CommandError(
                "This database holds other data, or a journey that was interrupted. "
                "Start on a fresh one: make journey FRESH=1 (or make demo FRESH=1)."
            )
        self._report(self._run(base_url), out)

    def _run(self, base: str) -> dict[str, Any]:
        self.seconds: dict[str, float] = {}
        ctx = steps.prepare(base, self.stdout.write)
        audit.record(actor=None, verb=BEGIN, target=ctx.cast.users["admin"])
        try:
            with self._step("import", "Import and publish the standard"):
                steps.import_standard(ctx)
            with self._step("bank", "Load the item bank"):
                steps.load_bank(ctx)
            with self._step("assemble", "Draw blueprints, assemble and freeze parallel forms"):
                building.make_forms(ctx, forms=steps.FORMS, seed=steps.SEED)
            with self._step("register", "Schedule sessions, register 60 candidates, print tickets, admit"):
                steps.register(ctx)
            with self._step("sit", "Sit over HTTP"):
                steps.sit(ctx)
            with self._step("grade", "Collect, score and mark"):
                steps.await_results(ctx)
            with self._step("release", "Release results"):
                steps.release(ctx)
            with self._step("certify", "Issue certificates"):
                steps.issue(ctx)
            result = sums.count(ctx.sat)
            with self._step("verify", "Verify certificates"):
                result["verified"] = steps.verify(ctx)
            with self._step("pull", "Schools pull by API"):
                result["foreign_rows_seen"] = steps.pull(ctx)
        except (steps.JourneyFailed, PageError) as error:
            raise CommandError(str(error)) from error
        result["seconds"] = self.seconds
        if off := sums.wrong(result):
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=1))
            raise CommandError("The sums are off: " + "; ".join(off))
        assert ctx.edition is not None
        audit.record(actor=None, verb=COMPLETE, target=ctx.edition, data=result)
        return result

    @contextmanager
    def _step(self, key: str, title: str) -> Iterator[None]:
        self.stdout.write(f"{title} ...")
        began = time.monotonic()
        yield
        self.seconds[key] = round(time.monotonic() - began, 1)
        self.stdout.write(f"  {self.seconds[key]:.1f} s")

    def _report(self, result: dict[str, Any], out: Path) -> None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        for name, value in result.items():
            if name != "seconds":
                self.stdout.write(f"  {name:20} {value}")
        for name, value in result["seconds"].items():
            self.stdout.write(f"  {name + ' (s)':20} {value}")
        self.stdout.write(f"Written to {out}.")
