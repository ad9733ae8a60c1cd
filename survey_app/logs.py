"""What the product logs: one line an event, and never a personal link, whoever writes the line."""

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

# Answer, agreement, plan, unsubscribe and sheet links: the part after the prefix is the secret.
PERSONAL_PATH = re.compile(r"/(r|a|p|u|s)/[\w~.-]{8,}(/[\w./-]*)?(\?\S*)?")


def mask_personal_paths(text: str) -> str:
    """Hide what follows the prefix of a personal link, wherever it stands in a text."""
    return PERSONAL_PATH.sub(lambda found: f"/{found.group(1)}/[link]", text)


class MaskedRecord(logging.LogRecord):
    """A log record of any library, whose message holds no personal link."""

    def getMessage(self) -> str:  # noqa: N802 - the standard library's name
        return mask_personal_paths(super().getMessage())


def mask_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: mask_personal_paths(value) if isinstance(value, str) else value for key, value in event.items()}


def configure_logs(environment: str) -> None:
    """Log for machines in production and for a reader elsewhere; both masked."""
    logging.setLogRecordFactory(MaskedRecord)
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if environment == "production"
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback, sort_keys=False
        )
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if environment == "production" else []),
            mask_event,
            last,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
