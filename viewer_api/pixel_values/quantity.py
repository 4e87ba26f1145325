"""What a value means: Hounsfield units, or the unit that the image states.

PS3.3 C.8.2.1.1 (CT), C.8.8.3 (dose), C.8.9.1 (PET), C.11.1.1.2 (rescale type). Real World Value Mapping is
not used: it may stand for anything.
"""

from dataclasses import dataclass

from viewer_api.pixel_values.header_values import Header, groups, number, values, word

HU, SUVBW = "HU", "SUVbw"
_CT_CLASSES = frozenset({"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"})
PET = "1.2.840.10008.5.1.4.1.1.128"
RT_DOSE = "1.2.840.10008.5.1.4.1.1.481.2"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A unit and the factor that turns the values of the modality into it; without a unit, why it cannot be told."""

    unit: str | None
    factor: float = 1.0
    reason: str | None = None


def read_quantity(header: Header, frame: int) -> Quantity:
    """Return what the values of a frame mean after its modality transformation."""
    for source in groups(header, frame, "00289145"):
        stated = word(source, "00281054").upper()
        if stated and stated not in ("US", "UNSPECIFIED"):
            return Quantity(HU if stated == HU else stated)
    if word(header, "00080016") in _CT_CLASSES and number(header, "00281053") is not None:
        localizer = "LOCALIZER" in [str(value).upper() for value in values(header, "00080008")]
        return Quantity(None, reason="a localizer's values have no unit") if localizer else Quantity(HU)
    if word(header, "00080016") == PET and word(header, "00541001"):
        return Quantity(word(header, "00541001"))
    if word(header, "00080016") == RT_DOSE and word(header, "30040002").upper() == "GY":
        return Quantity("Gy")
    return Quantity(None, reason="the image states no unit of its values")
