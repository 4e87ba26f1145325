"""A scale that an image names without telling it is none."""

from hashlib import sha256
from io import BytesIO

from pydicom.dataset import Dataset

from gateway.fitness.facts import InstanceFacts, read_facts
from viewer_api.decoding.pool import shared_pool


def facts_of(payload: bytes) -> InstanceFacts:
    return read_facts(BytesIO(payload), sha256(payload).hexdigest(), shared_pool())


def test_scale_that_is_named_without_a_value_is_none(part10) -> None:
    assert not facts_of(part10(PixelSpacing=None, ImagerPixelSpacing=None)).spacing
    assert facts_of(part10(PixelSpacing=None, ImagerPixelSpacing=[1, 1])).spacing


def test_scale_of_frames_that_is_named_without_a_value_is_none(part10) -> None:
    measures, group = Dataset(), Dataset()
    measures.PixelSpacing = None
    group.PixelMeasuresSequence = [measures]
    assert not facts_of(part10(SharedFunctionalGroupsSequence=[group])).spacing
    measures.PixelSpacing = [1, 1]
    assert facts_of(part10(SharedFunctionalGroupsSequence=[group])).spacing
