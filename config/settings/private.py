"""What the demo and the tests share: private servers below var/ unless addresses are given, and made-up secrets."""

from __future__ import annotations

import os

from config import embedded, secrets_store
from config.settings.base import *  # noqa: F403
from config.settings.base import STATIC_ROOT, VAR_DIR, env

DATABASE_URL = env.url(
    "DATABASE_URL",
    "",
    ("postgresql", "postgres"),
    "PostgreSQL, postgresql://user:password@host:port/name; without it a private server runs below var/.",
    secret=True,
)
REDIS_URL = env.url(
    "REDIS_URL",
    "",
    ("redis", "rediss", "unix"),
    "Redis or Valkey, redis://:password@host:port/0; without it a private server runs below var/.",
    secret=True,
)
if not DATABASE_URL:
    DATABASE_URL = embedded.database_url(VAR_DIR)
if not REDIS_URL:
    REDIS_URL = embedded.redis_url(VAR_DIR)

_made = secrets_store.ensure(VAR_DIR / "secrets")
SECRET_KEY = os.environ.get("LIANGCAI_SECRET_KEY") or _made["secret_key"]
IDENTITY_KEYS = [_made["identity_key"]]
IDENTITY_PEPPER = _made["identity_pepper"].encode()

STATIC_ROOT.mkdir(parents=True, exist_ok=True)
DEMO = True  # the demo cast may be made here
