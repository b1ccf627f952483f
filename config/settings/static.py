"""For tools that read the code and need no servers: mypy, the schema, message catalogues."""

from __future__ import annotations

from config.settings.base import *  # noqa: F403
from config.settings.base import broker_options, cache, database

SECRET_KEY = "never-used-to-sign-anything-" + "0" * 30
DATABASES = {"default": database("postgresql://nobody@127.0.0.1:1/none")}
CACHES = {"default": cache("redis://127.0.0.1:1/0", "none")}
CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options("none")
