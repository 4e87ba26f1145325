"""The decoding process of a worker, or of one of its hands: strangers' pixels are decoded there, never in these.

Each has one, started when it is needed, so that other cores stay free for what senders and readers wait for.
"""

from functools import cache

from viewer_api.decoding.pool import DecodingPool


@cache
def decoder() -> DecodingPool:
    """Return the pool of one process that every stage in this process shares."""
    return DecodingPool(processes=1)
