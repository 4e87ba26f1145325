"""One `overread` command in the process of the tests: the same code from the arguments to the exit code, at once.

Python takes longer to start and to import than most commands take. That a command is a process whose streams and exit
code a script can trust is what `test_cli_contract.py` looks at.
"""

import io
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import structlog

from gateway.cli import main


def run_in_process(home: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command on a home and return what a process would have left."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    command = ["overread", *words, "--home", str(home)]
    with pytest.MonkeyPatch.context() as patch, _log_of_before(), redirect_stdout(out), redirect_stderr(err):
        for name in [name for name in os.environ if name.startswith("OVERREAD_")]:
            patch.delenv(name)
        patch.setattr(sys, "argv", command)
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        with pytest.raises(SystemExit) as ended:
            main()
    said, told = (each.buffer.getvalue().decode() for each in (out, err))
    return subprocess.CompletedProcess(command, int(ended.value.code or 0), said, told)


@contextmanager
def _log_of_before() -> Iterator[None]:
    """Undo what a command does to the log of its process."""
    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    try:
        with warnings.catch_warnings():
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**configured)
