"""Works that do to a decoding process what a stranger's pixels might; it finds them here by name."""

import os
import signal
import time
from pathlib import Path
from typing import Any, BinaryIO


def spin(_source: BinaryIO, _image: Any) -> bytes:
    while True:
        pass


def crash(_source: BinaryIO, _image: Any) -> bytes:
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(60)
    return b""


def devour(_source: BinaryIO, _image: Any) -> bytes:
    return bytes(bytearray(8 << 30))


def stop(_source: BinaryIO, _image: Any) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)
    return b""


def snoop(_source: BinaryIO, _image: Any) -> bytes:
    return "\n".join(f"{name}={value}" for name, value in os.environ.items()).encode()


def process_id(_source: BinaryIO, _image: Any) -> bytes:
    return str(os.getpid()).encode()


def open_files(_source: BinaryIO, _image: Any) -> bytes:
    return str(len(list(Path("/proc/self/fd").iterdir()))).encode()
