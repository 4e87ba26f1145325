"""See stored values as grey pictures, in which text stands out whatever the window of a viewer would show.

Grey is seen in two ways: from the least to the greatest value, where text that lies above the anatomy is bright, and
from hundredth to hundredth of what is there, where faint text is. Of colours each of red, green and blue is seen by
itself: red on white is flat in red, and as clear as black in green. A channel that shows what another does is left out.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonymizer.errors import CannotDeidentify
from anonymizer.pixels.box import Box
from anonymizer.pixels.image_header import ImageHeader

Grey = NDArray[np.uint8]
Colours = NDArray[np.uint8]
_NO_DIFFERENCE = 6  # of 255: half of the faintest contrast that is looked for
# Red, green and blue of what colour differences add to the luminance (PS3.3 C.7.6.3.1.2, ITU-R BT.601).
_RED_OF_CR, _GREEN_OF_CB, _GREEN_OF_CR, _BLUE_OF_CB = 1.402, -0.344136, -0.714136, 1.772


def grey_views(samples: NDArray[Any], header: ImageHeader, photometric: str) -> tuple[Grey, ...]:
    """Return pictures of rows and columns, at least one, of decoded samples in the colour space that is said.

    Raises CannotDeidentify where nobody can tell the colours.
    """
    layout = header.layout
    colours = _colours(samples, header, photometric)
    if colours is not None:
        return _distinct(colours)
    grey = as_numbers(samples.reshape(layout.rows, layout.columns, -1)[:, :, 0], header)
    whole = _stretched(grey)
    if layout.allocated <= 8:
        return (whole,)
    low, high = np.percentile(grey[:: max(1, layout.rows // 256)], (1, 99))
    middle = _stretched(np.clip(grey, low, high)) if high > low else whole
    return (whole, middle)


def picture(samples: NDArray[Any], header: ImageHeader, photometric: str) -> Grey | Colours:
    """Return what a person looks at: rows and columns of grey, or of red, green and blue; errors as `grey_views`."""
    colours = _colours(samples, header, photometric)
    return grey_views(samples, header, photometric)[0] if colours is None else colours


def clearest(views: tuple[Grey, ...], box: Box) -> Grey:
    """Return the view in which the values in a box differ most."""
    return max(views, key=lambda view: float(view[box.y : box.bottom, box.x : box.right].std()))


def _colours(samples: NDArray[Any], header: ImageHeader, photometric: str) -> Colours | None:
    """Return red, green and blue from the least to the greatest value of all three, None for an image in grey."""
    layout = header.layout
    values = samples.reshape(layout.rows, layout.columns, -1)
    if values.shape[2] == 3:
        half = 1 << layout.stored - 1
        return _stretched(_from_luminance(values, half) if photometric.startswith("YBR") else values)
    if layout.photometric != "PALETTE COLOR":
        return None
    first, entries = header.palette
    if not entries:
        raise CannotDeidentify("pixels-unclear", "The colours of the palette cannot be told.")
    places = np.clip(as_numbers(values[:, :, 0], header).astype(np.int64) - first, 0, len(entries) - 1)
    return _stretched(np.array(entries, np.uint8)[places])


def _from_luminance(values: NDArray[Any], half: int) -> NDArray[np.float32]:
    light, blue, red = (values[:, :, place].astype(np.float32) for place in range(3))
    blue, red = blue - half, red - half
    green = light + _GREEN_OF_CB * blue + _GREEN_OF_CR * red
    colours = np.stack((light + _RED_OF_CR * red, green, light + _BLUE_OF_CB * blue), 2)
    return np.asarray(np.clip(colours, 0, 2 * half - 1), np.float32)


def _distinct(colours: Colours) -> tuple[Grey, ...]:
    """Return the channels that show something of their own; the first one is green, the lightest to the eye."""
    found: list[Grey] = []
    for place in (1, 0, 2):
        channel = np.ascontiguousarray(colours[:, :, place])
        if not any(_same(channel, other) for other in found):
            found.append(channel)
    return tuple(found)


def _same(one: Grey, other: Grey) -> bool:
    return int(np.abs(one.astype(np.int16) - other).max()) <= _NO_DIFFERENCE


def as_numbers(values: NDArray[Any], header: ImageHeader) -> NDArray[Any]:
    """Return values with their sign, without the bits that are not theirs."""
    layout = header.layout
    if values.dtype.kind == "i" or layout.allocated == 1:
        return values
    numbers = values.astype(np.int64) & (1 << layout.stored) - 1
    if layout.signed:
        numbers = (numbers ^ 1 << layout.stored - 1) - (1 << layout.stored - 1)
    return numbers


def _stretched(values: NDArray[Any]) -> Grey:
    low, high = int(values.min()), int(values.max())
    if high == low:
        return np.zeros(values.shape, np.uint8)
    if values.dtype == np.uint8 and low < 64 and high > 192:
        return np.ascontiguousarray(values)
    return ((values.astype(np.float32) - low) * (255.0 / (high - low))).astype(np.uint8)
