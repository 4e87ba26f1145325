"""Memory that a process keeps since it will need it again."""

import platform
import subprocess
import sys

import pytest

# Reads through a large piece, as an original is read: with nothing set, every page of it comes anew each time.
_PROGRAM = """
import resource, sys
from config.kept_memory import keep_memory
if "keep" in sys.argv:
    assert keep_memory()
def work():
    pieces = [bytearray(3 << 20) for _ in range(3)]
for _ in range(3):
    work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    work()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // 50)
"""


def faults_a_turn(*how):
    done = subprocess.run([sys.executable, "-c", _PROGRAM, *how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to")
def test_what_was_freed_is_used_again_without_asking_the_system():
    assert faults_a_turn() > 700
    assert faults_a_turn("keep") < 20
