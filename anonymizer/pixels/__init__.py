"""Black what is burned into pixels: the Clean Pixel Data Option of PS3.15 E.3.1.

Stored values are altered, never covered by a shutter or an overlay. Read `blanking.py` first: it rewrites an object
with boxes blacked. `native` does so in uncompressed pixels, `jpeg_blocks` in the coefficients of JPEG, `recoding` in
all other compressed ones. `regions` says what lies outside the picture, `screening` where text may stand, `finding`
where text stands, with what a detector sees by `detecting`. Nothing here starts a process: who decodes strangers'
pixels elsewhere hands in a function that does.
"""

from anonymizer.pixels.blanking import Blanked, Recoder, blank_pixels
from anonymizer.pixels.box import Box, outside, parse_box
from anonymizer.pixels.finding import Found, find_text
from anonymizer.pixels.icon import icon_values, write_with_icon
from anonymizer.pixels.image_header import ImageHeader, read_image_header
from anonymizer.pixels.jpeg_blanking import BLOCK_SYNTAXES
from anonymizer.pixels.layout import PixelLayout
from anonymizer.pixels.recoding import FrameOrder, recode
from anonymizer.pixels.regions import Ruled, boxes_by_rule
from anonymizer.pixels.screening import text_candidates
from anonymizer.pixels.seen import Seen
from anonymizer.pixels.text_reading import can_read_text
from anonymizer.pixels.view import grey_views, picture

__all__ = [
    "BLOCK_SYNTAXES",
    "Blanked",
    "Box",
    "Found",
    "FrameOrder",
    "ImageHeader",
    "PixelLayout",
    "Recoder",
    "Ruled",
    "Seen",
    "blank_pixels",
    "boxes_by_rule",
    "can_read_text",
    "find_text",
    "grey_views",
    "icon_values",
    "outside",
    "parse_box",
    "picture",
    "read_image_header",
    "recode",
    "text_candidates",
    "write_with_icon",
]
