"""The log: static event names and a closed list of keys, so that no identity can slip in.

A key that is not on the list is dropped and named in `dropped`; a value is cut to a length in which nothing hides. An
exception is logged by its class and place, never by its message, since foreign libraries put values into messages.
"""

import logging
import sys
import traceback
import warnings
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO, cast

import structlog

ALLOWED_KEYS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "role",
        "pid",
        "process",
        "exit_code",
        "host",
        "port",
        "site",
        "door",
        "delivery",
        "study_uid",
        "sop_class_uid",
        "transfer_syntax_uid",
        "entry",
        "instance_id",
        "study_id",
        "case_id",
        "item_id",
        "read_id",
        "return_id",
        "charge_id",
        "upload_id",
        "workflow",
        "stage",
        "revision",
        "outcome",
        "disposition",
        "reason",
        "state",
        "status",
        "count",
        "bytes",
        "seconds",
        "attempts",
        "method",
        "route",
        "http_status",
        "actor",
        "error",
        "error_at",
        "source",
        "result",
        "diagnostic",
        "calling_ae",
        "called_ae",
        "pseudonym",
        "digest",
        "version",
        "dropped",
    }
)
_LONGEST = 200


def configure_log(level: str, form: Literal["json", "console"]) -> None:
    """Send the log to stderr in the asked form; nothing else writes there.

    The standard library's loggers and warnings are silenced: foreign libraries put values into both.
    """
    warnings.simplefilter("ignore")
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed_keys,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(file=cast(TextIO, _Stderr())),
        cache_logger_on_first_use=True,
    )
    quiet = logging.StreamHandler(sys.stderr)
    quiet.setLevel(logging.CRITICAL)  # the root's own level does not bind loggers that have one, as pydicom's has
    logging.basicConfig(level=logging.CRITICAL, handlers=[quiet], force=True)


class _Stderr:
    """The standard error of the moment of writing: whoever replaces it gets the log too."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def get_log() -> structlog.typing.FilteringBoundLogger:
    """Return the log."""
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return log


def keep_allowed_keys(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key that is not on the list and shorten what remains."""
    dropped = sorted(key for key in event if key not in ALLOWED_KEYS)
    kept = {key: _short(value) for key, value in event.items() if key in ALLOWED_KEYS}
    if dropped:
        kept["dropped"] = dropped
    return kept


def describe(error: BaseException) -> dict[str, str]:
    """Return the class and the innermost place of an exception, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else "unknown"
    return {"error": type(error).__name__, "error_at": place}


def _short(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    return str(value)[:_LONGEST]
