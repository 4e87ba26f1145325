"""Say that nobody here can vouch for a face being gone: such an object waits for a person, with the reason."""

from anonymizer.errors import Refused
from anonymizer.recognizable import CODE


def unsure(why: str) -> Refused:
    """Return the refusal of what may show a face that cannot be removed; `why` ends the sentence."""
    return Refused(CODE, f"The face may be recognized, and was not removed: {why}; look at it first.")
