"""A run of the tests ends, whatever a test does to the process that runs it: it fails at once and names the test."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENDS_ITS_WORKER = """
import os

import pytest


@pytest.mark.parametrize("number", range(3))
def test_of_three(number):
    if {harmful} and number == 1:
        os.kill(os.getpid(), 9)
"""

LOGS_WHILE_STREAMS_CHANGE = """
import io
import sys
import tempfile
import threading

import structlog

from safe_log import log_to_descriptor

log_to_descriptor()
ended = threading.Event()


def talk():
    while not ended.is_set():
        structlog.get_logger().info("association ended")


threads = [threading.Thread(target=talk) for _ in range(4)]
for each in threads:
    each.start()
for _ in range(200):  # pytest does so before and after each part of a test
    sys.stdout = io.TextIOWrapper(tempfile.TemporaryFile(buffering=0), write_through=True)
ended.set()
for each in threads:
    each.join()
"""


def options_of_the_makefile() -> list[str]:
    """Return what `make test` hands to pytest, with two workers."""
    line = next(line for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if "-m pytest" in line)
    return shlex.split(line.split("-m pytest", 1)[1].replace("$(PYTEST_WORKERS)", "2").replace("$(ARGS)", ""))


def test_a_run_whose_worker_dies_fails_and_says_at_which_test(tmp_path: Path) -> None:
    """Several modules are done before and several wait, as xdist hangs on those that were done (its issue 1378)."""
    for number in range(8):
        (tmp_path / f"test_{number}.py").write_text(ENDS_ITS_WORKER.format(harmful=number == 4), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options_of_the_makefile()],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    failed = (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)
    assert run.returncode in failed, f"{run.returncode}: {run.stdout}{run.stderr}"
    # What a killed worker had not said yet is not known: the test may be one of those just before it.
    assert "crashed while running 'test_" in run.stdout, run.stdout
    assert "worker restarting disabled" in run.stdout, run.stdout


def test_threads_may_log_while_the_standard_streams_change() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LOGS_WHILE_STREAMS_CHANGE],
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert "association ended" in run.stderr
