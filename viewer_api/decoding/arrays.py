"""Arrays of pixels as plain bytes, since nothing that comes from a decoding process is unpickled."""

from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer_api.errors import CannotRender

_HEAD = Struct("<2sB3L")
_TYPES = frozenset({b"u1", b"i1", b"u2", b"i2", b"u4", b"i4", b"u8", b"i8", b"f4", b"f8"})
_MOST_DIMENSIONS = 3


def pack(array: NDArray[Any]) -> bytes:
    """Return an array of numbers of one to three dimensions as bytes, in little endian."""
    kind = f"{array.dtype.kind}{array.dtype.itemsize}".encode()
    shape = array.shape + (1,) * (_MOST_DIMENSIONS - array.ndim)
    plain = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    return _HEAD.pack(kind, array.ndim, *shape) + plain.tobytes()


def unpack(body: bytes) -> NDArray[Any]:
    """Return the array that `pack` wrote; it cannot be changed.

    Raises:
        CannotRender: the bytes are no such array.
    """
    if len(body) < _HEAD.size:
        raise CannotRender("the decoder answered with something else than pixels")
    kind, dimensions, *shape = _HEAD.unpack_from(body)
    if kind not in _TYPES or not 1 <= dimensions <= _MOST_DIMENSIONS:
        raise CannotRender("the decoder answered with something else than pixels")
    dtype = np.dtype(f"<{kind.decode()}")
    if len(body) != _HEAD.size + dtype.itemsize * shape[0] * shape[1] * shape[2]:
        raise CannotRender("the decoder answered with something else than pixels")
    return np.frombuffer(body, dtype, offset=_HEAD.size).reshape(shape[:dimensions])
