#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL and REDIS_URL it starts the private servers it needs."""

import os
import sys

SERVERLESS = {
    "check",
    "compilemessages",
    "collectstatic",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "spectacular",
}


def private_settings() -> bool:
    """Whether the settings asked for are those that bring their own servers."""
    words = " ".join(sys.argv[2:]).replace("--settings=", "--settings ").split()
    module = os.environ["DJANGO_SETTINGS_MODULE"]
    if "--settings" in words[:-1]:
        module = words[words.index("--settings") + 1]
    return module in ("config.settings.demo", "config.settings.test")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.demo")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit(
            "Django is not installed for this Python. Run  make setup  and use .venv/bin/python manage.py ..."
        )
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    asks = {"-h", "--help", "--version"} & set(sys.argv[1:])
    if command not in SERVERLESS and not asks and private_settings():
        from config import embedded

        embedded.hold_if_needed()
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
