"""Structured logs: one line an event, with the request id; readable in the demo, JSON on a site."""

from __future__ import annotations

from typing import Any

import structlog


def request_id_of_record(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Django logs failed requests after the middleware has let go of the id; the record still holds the request."""
    request_id = getattr(getattr(event.get("_record"), "request", None), "id", None)
    if request_id:
        event.setdefault("request_id", request_id)
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    request_id_of_record,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(allow=["status_code"]),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configuration(form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING for 'console' or 'json'; also sets structlog up to go the same way."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED[:1],
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if form == "json"
        # plain tracebacks: those with local variables would write identity numbers and keys into the log
        else [
            structlog.dev.ConsoleRenderer(
                colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"level": level},
            "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "django.db.backends": {"level": "INFO"},
            "axes": {"level": "WARNING"},
            "celery": {"level": level},
            "fontTools": {"level": "WARNING"},
            "pdfminer": {"level": "ERROR"},
        },
    }
