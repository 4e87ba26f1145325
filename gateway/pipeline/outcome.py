"""What a stage says when it is done."""

from enum import StrEnum


class Outcome(StrEnum):
    """Go on to the next stage, or stop here because a person or a later arrival must act first."""

    GO_ON = "go-on"
    WAIT = "wait"
