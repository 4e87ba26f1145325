"""Keep pynetdicom and pydicom from writing what they read: their messages hold identifiers and values.

Every process that speaks DIMSE calls `silence_the_library` before its first association, as acceptor or as requestor.
"""

import logging
import warnings

from pydicom import config as pydicom_config
from pynetdicom import _config

_LONGEST_UID = 64


def silence_the_library() -> None:
    """Turn off pynetdicom's handlers and loggers, and the warnings that quote values. May be called again."""
    _config.LOG_HANDLER_LEVEL = "none"
    _config.LOG_REQUEST_IDENTIFIERS = False
    _config.LOG_RESPONSE_IDENTIFIERS = False
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)
    for module in ("pydicom", "pynetdicom"):
        warnings.filterwarnings("ignore", category=UserWarning, module=module)


def check_uids_once() -> None:
    """Let each UID of an association request be looked at once, not four times by expressions; for a door's process.

    pydicom's own check only warns, and pynetdicom's asks for a length: that stays, everything else is ours
    (`config.identifiers.UID`) where a UID counts.
    """
    pydicom_config.settings.reading_validation_mode = pydicom_config.IGNORE
    _config.VALIDATORS["UI"] = _is_short


def _is_short(value: object) -> tuple[bool, str]:
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_UID:
        return True, ""
    return False, "a UID has 1 to 64 characters"
