"""Make the publishable form of the images of a series whose face is cut away: Clean Recognizable Visual Features.

A series is planned as a whole, its images are made one by one, and what was made is looked at as a whole again. Frames
that are compressed are decoded in the decoding process, as everywhere.
"""

import secrets
from dataclasses import dataclass, field, replace
from typing import BinaryIO

import numpy as np

from anonymizer import CannotDeidentify, Context, Refused, Report, deidentify
from anonymizer.faces import (
    CutOrder,
    FaceCut,
    Frame,
    Open,
    Plan,
    Proof,
    Values,
    look_at,
    plan_cut,
    prove_cut,
    remove_face,
    unsure,
)
from anonymizer.recognizable import OPTION
from config.errors import SenderFault
from gateway.pixels import work
from gateway.pixels.icons import Room, add_icon
from gateway.pixels.looking import pixel_process
from gateway.pixels.publishable import CLEANABLE


@dataclass(frozen=True)
class _Hand:
    """Look at the frames of one image and cut them, where they are compressed in another process."""

    source: BinaryIO
    key: str = field(default_factory=lambda: secrets.token_hex(16))

    def cut(self, order: CutOrder) -> bytes:
        try:
            return pixel_process().run(work.cut, self.key, self.source, order)
        except SenderFault as error:
            raise CannotDeidentify("pixels-not-cleanable", f"The pixels cannot be cleaned: {error}") from None


def _look(source: BinaryIO, frame: Frame, block: int) -> Values:
    if not frame.syntax:
        return look_at(source, frame, block)
    try:
        answer = pixel_process().run(work.look, secrets.token_hex(16), source, frame, block)
    except SenderFault as error:
        raise CannotDeidentify("pixels-damaged", f"The pixels cannot be looked at: {error}") from None
    rows, columns = work.SHAPE.unpack_from(answer)
    return np.frombuffer(answer, "<f4", offset=work.SHAPE.size).reshape(rows, columns).astype(np.float32)


def plan_series(count: int, open_original: Open) -> Plan:
    """Return what to cut from a series; raises Refused, with the reason, where nobody can be sure."""
    try:
        return plan_cut(count, open_original, _look)
    except CannotDeidentify as error:
        raise unsure(f"an image of its series cannot be looked at ({error.code})") from None


def prove_series(plan: Plan, count: int, open_result: Open) -> Proof:
    """Return what the images show now; raises Refused where they may still show a face."""
    try:
        return prove_cut(plan, count, open_result, _look)
    except CannotDeidentify as error:
        raise unsure(f"an image of its series cannot be looked at ({error.code})") from None


def make_faceless(original: BinaryIO, result: BinaryIO, context: Context, cut: FaceCut, *, room: Room) -> Report:
    """Write the publishable form of one image of a series without what is cut away.

    Raises what `deidentify` raises; where the pixels cannot be cut, or may bear text besides, Refused for the face, so
    that a person may look at it.
    """
    between, seen = room()
    with between, seen:
        try:
            report = deidentify(original, between, replace(context, faceless=True))
        except Refused as refusal:
            if refusal.code in CLEANABLE:
                raise unsure("text may stand in the picture, too") from None
            raise
        between.flush()
        try:
            remove_face(between, result, cut, cut_frame_with=_Hand(seen).cut)
        except CannotDeidentify as error:
            raise unsure(f"its pixels cannot be cut ({error.code})") from None
    if report.lacks_icon:
        add_icon(result, room)
    return replace(report, options=(*report.options, OPTION))


def audited(proof: Proof) -> dict[str, float]:
    """Return a proof as plain values for the audit of every image of the series."""
    return {
        "moved": round(proof.moved, 3),
        "depth_mm": round(proof.depth, 1),
        "likeness": round(proof.likeness, 2),
        "removed": round(proof.removed, 3),
    }
