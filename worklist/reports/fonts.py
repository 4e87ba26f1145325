"""The fonts of a report, embedded, so that every viewer shows the same words.

Source Sans sets Latin, Greek, Cyrillic and Vietnamese. What it lacks comes from Noto Sans CJK, of the same design; its
outlines are cubic, which ReportLab cannot embed, so the glyphs a document needs are redrawn as TrueType and no others.
Both fonts are under the SIL Open Font License and come as packages.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont as FontFile
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from worklist.reports.script import EastAsian

REGULAR = "SourceSans"
BOLD = "SourceSans-Semibold"
EAST_ASIAN = "NotoSansCJK"

_ALPHABETIC_FILES = {REGULAR: "SourceSansPro-Regular.ttf", BOLD: "SourceSansPro-Semibold.ttf"}
_COLLECTION = files("noto_cjk_sans_otc") / "NotoSansCJK-Regular.ttc"
_FACES: dict[EastAsian, int] = {"ja": 0, "ko": 1, "zh": 2}
_CURVE_ERROR = 1.0  # of 1000 units an em: invisible at any size a report is printed in


@cache
def alphabetic_characters() -> frozenset[int]:
    """Register Source Sans and return the code points both its weights can print."""
    repertoires = []
    for name, file in _ALPHABETIC_FILES.items():
        font = TTFont(name, str(files("font_source_sans_pro") / "files" / file))
        pdfmetrics.registerFont(font)
        repertoires.append(frozenset(font.face.charToGlyph))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    return frozenset.intersection(*repertoires)


@cache
def east_asian_characters() -> frozenset[int]:
    """Return the code points Noto Sans CJK can print."""
    with _face("zh") as font:
        return frozenset(font.getBestCmap())


@contextmanager
def east_asian_font(characters: frozenset[int], language: EastAsian) -> Iterator[None]:
    """Register the glyphs of these characters as EAST_ASIAN while a document is built.

    ReportLab keeps registered fonts for the life of the process and lets one font serve one document at a time: the
    caller holds a lock.
    """
    if not characters:
        yield
        return
    pdfmetrics.registerFont(TTFont(EAST_ASIAN, BytesIO(_true_type(characters, language))))
    try:
        yield
    finally:
        _forget(EAST_ASIAN)


def _forget(name: str) -> None:
    """Unregister a font, for which ReportLab has no call."""
    font = pdfmetrics._fonts.pop(name)
    pdfmetrics._dynFaceNames.pop(font.face.name, None)


@contextmanager
def _face(language: EastAsian) -> Iterator[Any]:
    font = FontFile(str(_COLLECTION), fontNumber=_FACES[language], lazy=True)
    try:
        yield font
    finally:
        font.close()


def _true_type(characters: frozenset[int], language: EastAsian) -> bytes:
    """Return a TrueType font of these characters and .notdef."""
    with _face(language) as source:
        names = {code: name for code, name in source.getBestCmap().items() if code in characters}
        order = [".notdef", *sorted(set(names.values()))]
        outlines, metrics = source.getGlyphSet(), source["hmtx"].metrics
        glyphs = {name: _quadratic(outlines, name) for name in order}
        builder = FontBuilder(source["head"].unitsPerEm, isTTF=True)
        builder.setupGlyphOrder(order)
        builder.setupCharacterMap(dict(sorted(names.items())))
        builder.setupGlyf(glyphs)
        builder.setupHorizontalMetrics({name: metrics[name] for name in order})
        builder.setupHorizontalHeader(ascent=source["hhea"].ascent, descent=source["hhea"].descent)
        builder.setupNameTable({"familyName": "Noto Sans CJK", "styleName": "Regular", "psName": "NotoSansCJK-Regular"})
        builder.setupOS2(sCapHeight=source["OS/2"].sCapHeight, usWeightClass=400)
        builder.setupPost(keepGlyphNames=False)
        builder.font["head"].created = builder.font["head"].modified = 0
        builder.font.recalcTimestamp = False
        file = BytesIO()
        builder.save(file)
        return file.getvalue()


def _quadratic(outlines: Any, name: str) -> Any:
    pen = TTGlyphPen(None)
    outlines[name].draw(Cu2QuPen(pen, _CURVE_ERROR, reverse_direction=True))
    return pen.glyph()
