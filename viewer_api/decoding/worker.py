"""The decoding process: takes one order after the other within its limits, and knows nothing of the node.

Run as `python -m viewer_api.decoding.worker DESCRIPTOR LIMITS` by `pool.py`, with an empty environment. It is handed
open files, never paths, keys or settings. It sets its own limits before the first order: address space, files, and for
each order processor time, whose end kills it (SIGPROF). The kernel takes it first when memory is short.
"""

import contextlib
import gc
import json
import logging
import os
import resource
import signal
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from config.errors import SenderFault
from viewer_api.decoding.limits import Limits
from viewer_api.decoding.wire import READY, Kind, Work, pack_refusal, receive_order, send_answer
from viewer_api.errors import CannotRender
from viewer_api.least_recent import LeastRecent
from viewer_api.rendering import preview
from viewer_api.rendering.image import StoredImage, read_image
from viewer_api.rendering.video import VIDEO_SYNTAXES

_KEPT_IMAGES = 64
_PAGE = resource.getpagesize()


def main() -> None:
    """Serve the orders that come over the given socket, until it is closed."""
    link, limits = socket.socket(fileno=int(sys.argv[1])), Limits(**json.loads(sys.argv[2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C at the terminal is the node's to answer
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    limit_itself(limits)
    gc.collect()
    gc.freeze()  # the libraries live until the end: looking at them again would take longer than a picture
    link.sendall(READY)
    serve(link, limits)


def limit_itself(limits: Limits) -> None:
    """Bound memory, files and their size, and offer itself first when the machine runs out of memory."""
    for what, most in (
        (resource.RLIMIT_AS, _pages(0) * _PAGE + limits.memory),
        (resource.RLIMIT_FSIZE, limits.temporary_file),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def serve(link: socket.socket, limits: Limits) -> None:
    """Answer orders until there are no more, or until one leaves so much memory in use that a new process is better."""
    images: LeastRecent[str, StoredImage] = LeastRecent(_KEPT_IMAGES)
    while (order := receive_order(link)) is not None:
        descriptor, work, key, arguments = order
        with os.fdopen(descriptor, "rb") as source:
            kind, body = _answer(images, limits, source, work, key, arguments)
        retires = _pages(1) * _PAGE > limits.retire_above
        send_answer(link, kind, body, retires=retires)
        if retires:
            return


def _answer(
    images: LeastRecent[str, StoredImage],
    limits: Limits,
    source: BinaryIO,
    work: Work,
    key: str,
    arguments: tuple[Any, ...],
) -> tuple[Kind, bytes]:
    try:
        image = images.get(key)
        if image is None:
            with _processor_time(limits.time_to_parse(os.fstat(source.fileno()).st_size)):
                image = read_image(source)
            images.put(key, image)
        with _processor_time(limits.time_to_work(_samples(image) + _samples_asked_for(arguments))):
            return Kind.RESULT, work(source, image, *arguments)
    except SenderFault as error:
        return Kind.REFUSAL, pack_refusal(error)
    except MemoryError:
        return Kind.REFUSAL, pack_refusal(CannotRender("the image needs more memory than this node gives to one"))
    except Exception as error:  # noqa: BLE001 - whatever a codec makes of a stranger's pixels, its class is all we tell
        return Kind.REFUSAL, pack_refusal(CannotRender(f"the image cannot be rendered ({type(error).__name__})"))


def _samples(image: StoredImage) -> int:
    """Return the samples of a frame; of a video, whose frames are found by decoding those before, of all of them."""
    format_ = image.format
    frames = format_.frames if image.transfer_syntax in VIDEO_SYNTAXES else 1
    return format_.rows * format_.columns * format_.samples * frames


def _samples_asked_for(arguments: tuple[Any, ...]) -> int:
    """Return the samples of the picture that shall be made, where its size is asked for."""
    viewports = (each.viewport for each in arguments if isinstance(each, preview.PreviewRequest))
    return sum(3 * viewport.width * viewport.height for viewport in viewports if viewport is not None)


@contextmanager
def _processor_time(seconds: float) -> Iterator[None]:
    """Be killed after so much processor time of the whole process."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _pages(field: int) -> int:
    """Return the pages of address space (0) or of memory in use (1); none where the system does not tell."""
    try:
        return int(os.pread(_open_statm(), _PAGE, 0).split()[field])
    except OSError:
        return 0


@cache
def _open_statm() -> int:
    """Return the descriptor of the file that tells them, kept open since it is asked after every order."""
    return os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)


if __name__ == "__main__":
    main()
