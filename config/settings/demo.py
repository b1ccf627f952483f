"""`make demo`, `make journey` and work on one machine: plain HTTP on the loopback, secrets made at first start."""

from __future__ import annotations

from config.settings.base import broker_options, cache, database
from config.settings.private import *  # noqa: F403
from config.settings.private import ALLOWED_HOSTS, DATABASE_URL, REDIS_PREFIX, REDIS_URL, env

ALLOWED_HOSTS = [*ALLOWED_HOSTS, "127.0.0.1", "localhost", "[::1]"]
DATABASES = {"default": database(DATABASE_URL)}
CACHES = {"default": cache(REDIS_URL, REDIS_PREFIX)}
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(REDIS_PREFIX)

env.finish()
