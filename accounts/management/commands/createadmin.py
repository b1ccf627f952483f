"""Make the first administrator of a site."""

from __future__ import annotations

import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.enums import Role
from accounts.errors import Refusal
from accounts.services.people import Grant, create_user


class Command(BaseCommand):
    help = "Make an account with the role 系统管理. The password is asked for, or read from LIANGCAI_ADMIN_PASSWORD."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="the person's name")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("LIANGCAI_ADMIN_PASSWORD") or getpass.getpass("Password: ")
        try:
            user = create_user(
                actor=None,
                username=options["username"],
                display_name=options["name"],
                password=password,
                grants=[Grant(Role.ADMIN)],
            )
        except Refusal as refusal:
            raise CommandError(f"{refusal.message} {refusal.hint}") from refusal
        self.stdout.write(self.style.SUCCESS(f"{user.username} can sign in as an administrator."))
