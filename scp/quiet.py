"""Keep pynetdicom and pydicom from writing what they read: their messages hold identifiers and values.

Every process that speaks DIMSE calls `silence_the_library` before its first association, as acceptor or as requestor.
"""

import logging
import warnings

from pynetdicom import _config


def silence_the_library() -> None:
    """Turn off pynetdicom's handlers and loggers, and the warnings that quote values. May be called again."""
    _config.LOG_HANDLER_LEVEL = "none"
    _config.LOG_REQUEST_IDENTIFIERS = False
    _config.LOG_RESPONSE_IDENTIFIERS = False
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)
    for module in ("pydicom", "pynetdicom"):
        warnings.filterwarnings("ignore", category=UserWarning, module=module)
