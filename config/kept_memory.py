"""Let a process keep the memory that it will need again in a moment.

Who handles one object after the other needs some pieces of the size of an object each time. The C library asks the
system for large pieces and gives them back at once; each time every page of them comes anew, which costs more than what
is written there. With glibc that can be set (mallopt(3)); with another library everything stays as it is.
"""

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
_LARGEST_KEPT = 16 << 20
_MOST_KEPT = 64 << 20


def keep_memory() -> bool:
    """Keep pieces of up to 16 MiB, and 64 MiB that are free; return whether the C library can."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return all((mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT), mallopt(_M_TRIM_THRESHOLD, _MOST_KEPT)))
