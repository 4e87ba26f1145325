"""What a disc says about itself: the DICOMDIR as a check whether a delivery is complete, never as the only way in.

Read `directory.py` for what a DICOMDIR lists, then `promises.py` for what of that a delivery lacks. Imports `config`
and pydicom; no database, no spool.
"""

from gateway.discs.directory import MOST_BYTES
from gateway.discs.promises import Promise, Promises, is_directory_name

__all__ = ["MOST_BYTES", "Promise", "Promises", "is_directory_name"]
