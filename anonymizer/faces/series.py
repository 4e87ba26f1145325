"""Look at a whole series: plan what is cut from its slices, and prove it on what was written.

Nothing is kept of an image but its header and a coarse picture, so that memory does not grow with the images. The same
slices give the same cut, in whatever order they come.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from anonymizer.cutting import cutter
from anonymizer.faces.cut import FaceCut, cut_of
from anonymizer.faces.frames import Frame, frames_in, look_at
from anonymizer.faces.geometry import Stack
from anonymizer.faces.head import find_head
from anonymizer.faces.images import FaceImage, read_face_image
from anonymizer.faces.proving import Proof, prove
from anonymizer.faces.tissue import air_and_least_tissue
from anonymizer.faces.unsure import unsure
from anonymizer.faces.volume import Values, Volume, volume_of
from anonymizer.part10 import open_part10

MOST_FRAMES = 4000
Open = Callable[[int], BinaryIO]
"""Open an image of the series by its number; whoever asked closes it."""
LookAt = Callable[[BinaryIO, Frame, int], Values]
"""Do what `look_at` does, for instance in another process for compressed frames."""


@dataclass(frozen=True)
class Plan:
    """Be what is cut from a series, and what its head looked like before."""

    cut: FaceCut
    before: Volume


def plan_cut(count: int, open_image: Open, look: LookAt = look_at) -> Plan:
    """Return what to cut from a series of originals.

    Raises Refused where nobody can be sure of a face in it, CannotDeidentify where an image is damaged.
    """
    images = _headers(count, open_image)
    if not any(image.says_head for image in images):
        raise unsure("nothing in it says that it shows a head")
    modalities = {image.modality for image in images}
    if len(modalities) > 1:
        raise unsure("the series mixes kinds of images")
    volume, modality = _volume(images, open_image, look), modalities.pop()
    air, least = air_and_least_tissue(volume.values, modality)
    return Plan(cut_of(find_head(volume, least), modality, air), volume)


def prove_cut(plan: Plan, count: int, open_image: Open, look: LookAt = look_at) -> Proof:
    """Return what the series shows now, from the files that were written; raises as `plan_cut`."""
    return prove(plan.before, _volume(_headers(count, open_image), open_image, look), plan.cut)


def _headers(count: int, open_image: Open) -> list[FaceImage]:
    images = []
    for number in range(count):
        with open_image(number) as source:
            images.append(read_face_image(source))
    return images


def _volume(images: list[FaceImage], open_image: Open, look: LookAt) -> Volume:
    """Return the coarse volume of a series; every image is opened once, its frames in their order."""
    owners = [(number, frame) for number, image in enumerate(images) for frame in range(len(image.slices))]
    if len(owners) > MOST_FRAMES:
        raise unsure("the series has too many frames")
    held: list[Values] = []

    def slice_at(number: int, block: int) -> Values:
        owner, frame = owners[number]
        if frame == 0:
            held[:] = _looked_at(images[owner], owner, open_image, look, block)
        return held[frame]

    return volume_of(Stack([images[number].slices[frame] for number, frame in owners]), slice_at)


def _looked_at(image: FaceImage, number: int, open_image: Open, look: LookAt, block: int) -> list[Values]:
    with open_image(number) as source:
        original = open_part10(source, cutter("looked at"))
        frames = frames_in(original, image)
        readable = source if frames[0].syntax else original.source
        return [look(readable, frame, block) for frame in frames]
