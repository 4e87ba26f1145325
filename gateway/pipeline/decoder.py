"""The decoding process of a worker: strangers' pixels are decoded there, never in the worker itself.

It is one, started when it is needed, so that other cores stay free for what senders and readers wait for.
"""

from functools import cache

from viewer_api.decoding.pool import DecodingPool


@cache
def decoder() -> DecodingPool:
    """Return the pool of one process that every stage of this worker shares."""
    return DecodingPool(processes=1)
