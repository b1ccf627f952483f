"""A site: everything secret is given, HTTPS is assumed at the proxy, nothing is made up."""

from __future__ import annotations

from config import logs
from config.settings.base import *  # noqa: F403
from config.settings.base import LOG_LEVEL, REDIS_PREFIX, broker_options, cache, database, env

SECRET_KEY = env.secret(
    "LIANGCAI_SECRET_KEY",
    "",
    "Signs sessions and attempt tokens.",
    at_least=50,
    required=True,
    hint="Make one: python -m config.secrets_store secret-key",
)
IDENTITY_KEYS = [
    key.strip()
    for key in env.secret(
        "LIANGCAI_IDENTITY_KEYS",
        "",
        "Fernet keys for identity numbers, separated by commas; the first encrypts, all decrypt.",
        at_least=44,
        required=True,
        hint="Make one: python -m config.secrets_store identity-key",
    ).split(",")
    if key.strip()
]
IDENTITY_PEPPER = env.secret(
    "LIANGCAI_IDENTITY_PEPPER",
    "",
    "Keys the digest by which an identity number is found without being readable.",
    at_least=32,
    required=True,
    hint="Make one: python -m config.secrets_store identity-pepper",
).encode()
DATABASES = {
    "default": database(
        env.url(
            "DATABASE_URL",
            "postgresql://localhost/liangcai",
            ("postgresql", "postgres"),
            "PostgreSQL, postgresql://user:password@host:port/name?sslmode=require.",
            secret=True,
            required=True,
        )
    )
}
REDIS_URL = env.url(
    "REDIS_URL",
    "redis://localhost:6379/0",
    ("redis", "rediss", "unix"),
    "Redis or Valkey with maxmemory-policy noeviction.",
    secret=True,
    required=True,
)
CACHES = {"default": cache(REDIS_URL, REDIS_PREFIX)}
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(REDIS_PREFIX)

ALLOWED_HOSTS = env.words(
    "LIANGCAI_HOSTS", [], "Host names the site answers to, separated by commas.", required=True
)
SITE_URL = env.url(
    "LIANGCAI_SITE_URL",
    "https://localhost",
    ("http", "https"),
    "Public address of the site, without a path; printed in QR codes.",
    required=True,
    hint="For example https://exam.example.edu",
).rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSECURE = env.flag(
    "LIANGCAI_PLAIN_HTTP", False, "1 serves without HTTPS, for a closed examination network that has none."
)
SECURE_SSL_REDIRECT = not INSECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if INSECURE else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = not INSECURE
SECURE_HSTS_PRELOAD = not INSECURE
SESSION_COOKIE_SECURE = not INSECURE
CSRF_COOKIE_SECURE = not INSECURE
if not INSECURE:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"

LOG_FORMAT = env.choice("LIANGCAI_LOG_FORMAT", "json", ("console", "json"), "Form of the log lines.")
LOGGING = logs.configuration(LOG_FORMAT, LOG_LEVEL)

env.finish()
