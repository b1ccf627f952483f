"""What all settings share. Every variable read here is listed in docs/operations.md."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from config import logs
from config.environment import Environment, database_from_url

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = Environment()

VAR_DIR = env.path("LIANGCAI_VAR", BASE_DIR / "var", "Folder for everything the site writes itself.")

# ------------------------------------------------------------------ applications
LOCAL_APPS = ["accounts", "standards", "assessments", "candidates", "grading"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    *LOCAL_APPS,
    "config",
]
MIDDLEWARE = [
    "candidates.lane.DeliveryLane",
    "config.middleware.RequestIdMiddleware",
    "config.middleware.ForwardedForMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "accounts.refusals.RefusalMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.shell",
            ],
        },
    }
]

# ------------------------------------------------------------------ the site
SECRET_KEY = ""  # each purpose sets its own
DEBUG = False
SITE_NAME = env.text("LIANGCAI_SITE_NAME", "量才", "Name shown in titles and on documents.")
SITE_URL = env.url(
    "LIANGCAI_SITE_URL",
    f"http://127.0.0.1:{os.environ.get('PORT', '8000')}",
    ("http", "https"),
    "Public address of the site, without a path; printed in QR codes.",
    hint="For example https://exam.example.edu",
).rstrip("/")
ALLOWED_HOSTS = env.words("LIANGCAI_HOSTS", [], "Host names the site answers to, separated by commas.")
PROXY_HOPS = env.number(
    "LIANGCAI_PROXY_HOPS", 0, "How many reverse proxies in front write X-Forwarded-For.", high=5
)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
UPLOAD_LIMIT_BYTES = env.number(
    "LIANGCAI_UPLOAD_LIMIT", 20 * 1024 * 1024, "Largest uploaded file in bytes.", low=1024
)

# ------------------------------------------------------------------ language and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# ------------------------------------------------------------------ static files and media
STATIC_URL = "/static/"
STATIC_ROOT = env.path("LIANGCAI_STATIC", VAR_DIR / "static", "Folder of the collected static files.")
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = env.path("LIANGCAI_MEDIA", VAR_DIR / "media", "Folder for certificate files and uploads.")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o640
WHITENOISE_MAX_AGE = 3600

# ------------------------------------------------------------------ secrets kept outside the database
# Each purpose fills these: identity numbers are encrypted with the first key, read with any of them.
IDENTITY_KEYS: list[str] = []
IDENTITY_PEPPER = b""
SIGNING_KEYS_DIR = env.path(
    "LIANGCAI_SIGNING_KEYS",
    VAR_DIR / "secrets" / "signing",
    "Folder of the private keys that sign certificates.",
)

SIGNING_PASSPHRASE = env.secret(
    "LIANGCAI_SIGNING_PASSPHRASE",
    "",
    "Encrypts the signing key files; without it a key derived from the secret key.",
)

# ------------------------------------------------------------------ rules of the house
DEMO = False
STANDARDS_FOUR_EYES = env.flag(
    "LIANGCAI_STANDARDS_FOUR_EYES",
    True,
    "1: an edition is published by another person than the one who imported it.",
)
CERTIFICATE_PREFIX = env.text("LIANGCAI_CERTIFICATE_PREFIX", "LC", "Letters before certificate numbers.")
CERTIFICATE_ISSUER = env.text("LIANGCAI_CERTIFICATE_ISSUER", "", "Issuing body printed on certificates.")
SCORING_CHUNK = env.number("LIANGCAI_SCORING_CHUNK", 25, "Attempts scored by one task.", low=1, high=1000)

# ------------------------------------------------------------------ sign-in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "candidates.services.signin.TicketBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "accounts:home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_LOCKOUT_CALLABLE = "accounts.views.sign_in.locked_out"
AXES_HTTP_RESPONSE_CODE = 429
AXES_VERBOSE = False

SESSION_ENGINE = "django.contrib.sessions.backends.db"  # a lost Redis signs nobody out
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accounts.refusals.csrf_failure"

# ------------------------------------------------------------------ headers
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# ------------------------------------------------------------------ database
DATABASES: dict[str, dict[str, Any]] = {}


def database(url: str) -> dict[str, Any]:
    """The one database: persistent connections, checked before use so that a restart costs no request."""
    entry = database_from_url(url)
    entry["OPTIONS"] = {
        "connect_timeout": 5,
        "application_name": "liangcai",
        "keepalives_idle": 30,
        "options": "-c idle_in_transaction_session_timeout=60000",
        **entry["OPTIONS"],
    }
    entry |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
    return entry


# ------------------------------------------------------------------ Redis: queue and cache
REDIS_PREFIX = env.text("LIANGCAI_REDIS_PREFIX", "liangcai", "Prefix of all keys in Redis.")
CACHES: dict[str, dict[str, Any]] = {}
CELERY_BROKER_URL = ""
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {}


def cache(url: str, prefix: str) -> dict[str, Any]:
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url,
        "KEY_PREFIX": f"{prefix}:cache",
        "TIMEOUT": 300,
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }


def broker_options(prefix: str) -> dict[str, Any]:
    """A short patience: a web request must not hang on a queue that is only a hint."""
    return {
        "global_keyprefix": f"{prefix}:queue:",
        "visibility_timeout": 600,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
        "socket_keepalive": True,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.2,
        "interval_max": 0.5,
    }


CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2}
CELERY_WORKER_PREFETCH_MULTIPLIER = 2
CELERY_WORKER_MAX_TASKS_PER_CHILD = 2000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "Asia/Shanghai"

# ------------------------------------------------------------------ API
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api_auth.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "accounts.api_errors.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "PAGE_SIZE": 100,
    "COERCE_DECIMAL_TO_STRING": True,
    "DATETIME_FORMAT": "iso-8601",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "量才 API",
    "DESCRIPTION": "院校以自己的密钥读取本校考生的成绩与证书。",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v[0-9]+",
    "ENUM_NAME_OVERRIDES": {
        "CertificateStateEnum": "grading.enums.CertificateState",
        "EditionStateEnum": "standards.enums.EditionState",
        "SessionStateEnum": "assessments.enums.SessionState",
    },
}

# ------------------------------------------------------------------ logs
LOG_FORMAT = env.choice("LIANGCAI_LOG_FORMAT", "console", ("console", "json"), "Form of the log lines.")
LOG_LEVEL = env.choice(
    "LIANGCAI_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"), "Least level that is logged."
)
LOGGING = logs.configuration(LOG_FORMAT, LOG_LEVEL)

# Web and worker processes; the supervisor and the container commands read them.
WEB_PROCESSES = env.number("LIANGCAI_WEB_PROCESSES", 2, "Web processes.", low=1, high=256)
WEB_THREADS = env.number("LIANGCAI_WEB_THREADS", 8, "Threads of each web process.", low=1, high=256)
WORKER_PROCESSES = env.number("LIANGCAI_WORKER_PROCESSES", 2, "Worker processes.", low=1, high=256)
