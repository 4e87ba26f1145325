"""Where the log of tests goes while no command has configured it: to descriptor 2 itself.

Threads of a door log whenever they like, also while pytest puts another stream in the place of `sys.stdout`. structlog
would print there, and `print` only borrows the stream: one that goes away meanwhile spoils the memory of the process
(CPython issue 130163, mended in 3.12.10 and 3.13.3). What comes to the descriptor is captured as well.
"""

import structlog

_DESCRIPTOR_2 = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115 - lives until the end


def log_to_descriptor() -> None:
    """Let the log be as structlog has it, but for where it goes."""
    structlog.reset_defaults()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=_DESCRIPTOR_2))
