"""Parts of the body by the words that name them in DICOM and in four languages, as far as a wrong part can be told.

Coarse on purpose: two regions differ only when nobody would look for the one in images of the other. The words
(`regions.toml`) are compared without case and diacritics; those of Chinese, which writes without spaces, anywhere.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import pairwise

from anonymizer.wording import fold

_NEIGHBOURS: dict[str, frozenset[str]] = {
    "abdomen": frozenset({"pelvis", "chest", "spine"}),
    "pelvis": frozenset({"abdomen", "hip", "spine"}),
    "hip": frozenset({"pelvis", "leg", "knee"}),
    "chest": frozenset({"abdomen", "neck", "breast", "spine", "shoulder"}),
    "breast": frozenset({"chest"}),
    "neck": frozenset({"head", "chest", "spine"}),
    "head": frozenset({"neck"}),
    "spine": frozenset({"neck", "chest", "abdomen", "pelvis"}),
    "shoulder": frozenset({"chest", "arm"}),
    "arm": frozenset({"shoulder"}),
    "knee": frozenset({"leg", "hip"}),
    "leg": frozenset({"knee", "hip"}),
}
_LEFT = frozenset(
    {"left", "lt", "l", "links", "linke", "linker", "linkes", "linken", "li"}
    | {"izquierdo", "izquierda", "izq", "izqdo", "izqda", "izdo", "izda"}
)
_RIGHT = frozenset(
    {"right", "rt", "r", "rechts", "rechte", "rechter", "rechtes", "rechten", "re"}
    | {"derecho", "derecha", "dcho", "dcha", "drcho", "drcha"}
)
_SPANISH_RIGHT = "der"  # German's article too: a side only behind a Spanish word for what there is on either side
_SPANISH_SIDED = frozenset(
    {"rodilla", "hombro", "mano", "pie", "cadera", "tobillo", "muneca", "codo", "pierna", "muslo", "brazo", "antebrazo"}
    | {"dedo", "clavicula", "escapula", "humero", "femur", "tibia", "mama", "orbita", "rinon", "pulmon"}
)
_BOTH = frozenset({"b", "both", "bilateral", "beide", "beidseits", "bds", "ambos", "ambas"})
_WORD = re.compile(r"[^\W\d_]+")


def regions_in(text: str) -> frozenset[str]:
    """Return the regions that a text names; `all` stands among them for the whole body."""
    spelled, written = _index()
    found = {spelled[word] for word in map(fold, _WORD.findall(text)) if word in spelled}
    return frozenset(found | {region for word, region in written.items() if word in text})


def may_be_one(asked: frozenset[str], shown: frozenset[str]) -> bool:
    """Say whether images of some regions may answer a request for others; what is not known may always."""
    if not asked or not shown or "all" in asked | shown or asked & shown:
        return True
    return any(_NEIGHBOURS.get(region, frozenset()) & shown for region in asked)


def sides_in(text: str) -> frozenset[str]:
    """Return the sides that a text names: L, R, or both."""
    spoken = [fold(word) for word in _WORD.findall(text)]
    words = set(spoken)
    left = bool(words & _LEFT) or "左" in text
    right = bool(words & _RIGHT) or "右" in text or _der_is_right(spoken)
    if words & _BOTH or "双" in text:
        return frozenset("LR")
    return frozenset(side for side, named in (("L", left), ("R", right)) if named)


def _der_is_right(words: list[str]) -> bool:
    return any(word == _SPANISH_RIGHT and before in _SPANISH_SIDED for before, word in pairwise(words))


@cache
def _index() -> tuple[dict[str, str], dict[str, str]]:
    """Return the region of each spelled word, and of each word written without spaces."""
    spelled: dict[str, str] = {}
    written: dict[str, str] = {}
    table = tomllib.loads((files("gateway.fitness") / "regions.toml").read_text("utf-8"))
    for region, words in table.items():
        for word in words.split():
            (written if "㐀" <= word[0] <= "鿿" else spelled)[fold(word)] = region
    return spelled, written
