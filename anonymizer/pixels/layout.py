"""How stored values lie in a frame, and which of them are black: the Image Pixel module of PS3.3 C.7.6.3.

A combination that the standard does not define is refused here, so that no later step has to guess.
"""

from dataclasses import dataclass

from anonymizer.errors import CannotDeidentify

SAMPLES_OF = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "YBR_PARTIAL_422": 3,
    "YBR_ICT": 3,
    "YBR_RCT": 3,
}
SUBSAMPLED = frozenset({"YBR_FULL_422", "YBR_PARTIAL_422"})
LARGEST_FRAME = 1 << 28  # samples; what is larger is a person's to look at


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """Describe one frame; `black` is the stored value of black, given where the header names one."""

    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    planar: int
    allocated: int
    stored: int
    signed: bool
    black: int | None = None

    def __post_init__(self) -> None:
        if self.rows < 1 or self.columns < 1 or self.frames < 1 or self.rows * self.columns > LARGEST_FRAME:
            raise unclear("size")
        if SAMPLES_OF.get(self.photometric) != self.samples:
            raise unclear("colours")
        if self.allocated not in {1, 8, 16, 32} or not 1 <= self.stored <= self.allocated or self.planar not in {0, 1}:
            raise unclear("samples")

    @property
    def subsampled(self) -> bool:
        """Say whether two neighbours share their colour in uncompressed pixels (PS3.3 C.7.6.3.1.2)."""
        return self.photometric in SUBSAMPLED

    @property
    def frame_bits(self) -> int:
        """Return the bits of one uncompressed frame."""
        return self.rows * self.columns * self.allocated * (2 if self.subsampled else self.samples)

    def blacks(self) -> tuple[int, ...]:
        """Return the stored value of black for each sample, as it is without its sign.

        Grey is black at the Pixel Padding Value, where there is one, else at the darker end of what can be stored.
        """
        half = 1 << self.stored - 1
        if self.photometric.startswith("YBR") and self.photometric not in {"YBR_ICT", "YBR_RCT"}:
            return (16 if "PARTIAL" in self.photometric else 0, half, half)
        if self.samples == 3:
            return (0, 0, 0)
        if self.black is not None:
            return (self.black & (1 << self.allocated) - 1,)
        brightest = self.photometric == "MONOCHROME1"
        value = (half - 1 if brightest else -half) if self.signed else (2 * half - 1 if brightest else 0)
        return (value & (1 << self.allocated) - 1,)


def unclear(what: str) -> CannotDeidentify:
    """Return the error for pixels that cannot be cleaned because the header is not clear about them."""
    return CannotDeidentify("pixels-unclear", f"The header is not clear about the {what} of the pixels.")
