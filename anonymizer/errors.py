"""Name the two ways a de-identification ends without a result.

    DeidentificationError
    ├── Refused            the object was understood, but nobody can vouch that it is clean: a person decides
    └── CannotDeidentify   the object was not understood: it is damaged, truncated or no DICOM at all

Neither carries a value of the object: `code` is stable and may be counted, `reason` is one sentence for a person.
"""


class DeidentificationError(Exception):
    """Carry a stable code and one sentence that a person can act on."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason

    def __reduce__(self) -> tuple[type["DeidentificationError"], tuple[str, str]]:
        return type(self), (self.code, self.reason)


class Refused(DeidentificationError):
    """Say that an object may carry an identity which the rules cannot remove."""


class CannotDeidentify(DeidentificationError):
    """Say that the input cannot be read as one whole DICOM object."""
