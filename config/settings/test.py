"""Tests: the real engines, in a database and under a Redis prefix of their own."""

from __future__ import annotations

import os

from config.settings.base import broker_options, cache, database
from config.settings.private import *  # noqa: F403
from config.settings.private import DATABASE_URL, REDIS_URL, VAR_DIR, env

TEST_DATABASE = env.text("LIANGCAI_TEST_DB", "test_liangcai", "Name of the test database.")
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
# pytest-django appends the xdist worker to the database's name; Redis keys follow the same names.
REDIS_PREFIX = os.environ.get("LIANGCAI_REDIS_PREFIX") or "_".join(filter(None, [TEST_DATABASE, _WORKER]))

DATABASES = {"default": database(DATABASE_URL)}
DATABASES["default"]["TEST"] = {"NAME": TEST_DATABASE, "TEMPLATE": "template0"}
DATABASES["default"]["CONN_MAX_AGE"] = 0 if os.environ.get("PYTEST_VERSION") else 600
CACHES = {"default": cache(REDIS_URL, REDIS_PREFIX)}
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(REDIS_PREFIX)

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
MEDIA_ROOT = VAR_DIR / "test-media" / REDIS_PREFIX
SIGNING_KEYS_DIR = VAR_DIR / "test-secrets" / REDIS_PREFIX
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = os.environ.get("LIANGCAI_TEST_AXES") == "1"  # tests of the limiter switch it on themselves
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

env.finish()
