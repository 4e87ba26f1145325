"""What a decoding process may use: memory, processor time in relation to what is claimed, patience.

Processor time is counted, not the time of the clock, so that a busy machine refuses nothing. A frame of 512 x 512 has
0.9 s, some twenty times what the slowest codec needs for it here.
"""

import os
from dataclasses import dataclass

_MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of each process; times in seconds, sizes in bytes.

    `memory` is what it may take beyond what its programs need. `retire_above` is the size from which a process is
    replaced after its work, so that one large image does not keep memory for ever.
    """

    memory: int = 2 << 30
    temporary_file: int = 2 << 30
    result: int = 1 << 30
    open_files: int = 64
    retire_above: int = 768 << 20
    start: float = 120.0
    wait_for_process: float = 60.0
    wait_for_result: float = 120.0
    work_base: float = 0.75
    work_per_million_samples: float = 0.6
    work_most: float = 60.0
    parse_base: float = 0.75
    parse_per_million_bytes: float = 0.5
    parse_most: float = 20.0

    def time_to_parse(self, size: int) -> float:
        """Return the processor time that the header of a file of a size may take."""
        return min(self.parse_most, self.parse_base + self.parse_per_million_bytes * size / _MEGA)

    def time_to_work(self, samples: int) -> float:
        """Return the processor time that the work on so many samples may take."""
        return min(self.work_most, self.work_base + self.work_per_million_samples * samples / _MEGA)


def processes_by_default() -> int:
    """Return how many processes decode side by side: one for each core this process may use, two at least."""
    return max(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2)
