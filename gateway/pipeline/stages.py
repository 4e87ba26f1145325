"""The stages, in order. Each takes a node and the internal number of a study, and may run twice without harm."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.node import Node
from gateway.pipeline.assess import assess
from gateway.pipeline.deidentify import deidentify_study
from gateway.pipeline.enlist import enlist_study
from gateway.pipeline.match import match_study
from gateway.pipeline.outcome import Outcome
from gateway.pipeline.publish import publish
from gateway.pipeline.settle import settle
from gateway.pipeline.verify import verify_study


@dataclass(frozen=True)
class Stage:
    """A named step of the pipeline."""

    name: str
    run: Callable[[Node, int], Outcome]


STAGES: tuple[Stage, ...] = (
    Stage("settle", settle),
    Stage("match", match_study),
    Stage("deidentify", deidentify_study),
    Stage("verify", verify_study),
    Stage("assess", assess),
    Stage("publish", publish),
    Stage("enlist", enlist_study),
)
