"""The presentations that an image brings: its windows and VOI LUTs, by number or by their explanation (PS3.3 C.11.2.1).

`window=2` is the second of them, `window=LUNG` the one explained so, beside PS3.18's own centre, width and function. An
image shown without `window` uses the first.
"""

from collections.abc import Mapping
from typing import Any

from config.errors import Malformed
from viewer_api.rendering.grey_rules import read_grey_rules
from viewer_api.rendering.image import StoredImage

_LONGEST_NAME = 64


def find_presentation(image: StoredImage, attributes: Mapping[str, Any], index: int, wanted: str) -> int:
    """Return the place of a presentation of a frame, both counted from 0; `wanted` is its number from 1 or its name.

    Raises:
        Malformed: the frame brings no such presentation.
        CannotRender: one of them is damaged.
    """
    brought = read_grey_rules(image, index).voi if image.format.monochrome else ()
    if wanted.isdecimal():
        place = int(wanted) - 1
    else:
        names = [name.casefold() for name in presentation_names(attributes, index)]
        place = names.index(wanted.casefold()) if wanted.casefold() in names else -1
    if not 0 <= place < len(brought):
        raise Malformed("the image brings no such window: ask by number, explanation, or center,width,function")
    return place


def presentation_names(attributes: Mapping[str, Any], index: int) -> list[str]:
    """Return the explanations of a frame's windows, then of its tables; "" for one without."""
    for source in (_of_frame(attributes, index), attributes):
        widths = _values(source, "00281051")[: len(_values(source, "00281050"))]
        explained = [str(name or "") for name in _values(source, "00281055")] + [""] * len(widths)
        names = [explained[place] for place, width in enumerate(widths) if isinstance(width, int | float) and width > 0]
        tables = [item for item in _values(source, "00283010") if "00283002" in item]
        names += [str((_values(item, "00283003") or [""])[0]) for item in tables]
        if names:
            return [name[:_LONGEST_NAME] for name in names]
    return []


def _of_frame(attributes: Mapping[str, Any], index: int) -> Mapping[str, Any]:
    """Return the Frame VOI LUT macro of a frame, its own before the shared one (PS3.3 C.7.6.16.2.10)."""
    for groups in (_values(attributes, "52009230")[index : index + 1], _values(attributes, "52009229")[:1]):
        for group in groups:
            for macro in _values(group, "00289132")[:1]:
                found: Mapping[str, Any] = macro
                return found
    return {}


def _values(attributes: Mapping[str, Any], key: str) -> list[Any]:
    return list(attributes.get(key, {}).get("Value", ()))
