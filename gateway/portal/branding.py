"""What a site's upload page looks like: name, logo, colour, imprint, and which pages may show it in a frame.

A logo is decoded and written anew, so that nothing of the given file reaches a browser but its pixels. A colour
must bear white words that can be read (WCAG 2.1, 1.4.3: contrast of at least 4.5).
"""

import hashlib
import io
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from sqlalchemy.orm import Session

from config.errors import Malformed, TooLarge
from gateway import audit
from gateway.models import Site
from gateway.node import Node
from gateway.sites import get_site
from gateway.upload_models import SiteBrand

COLOUR = "#0b5c7a"
_LOGO_BYTES = 2 << 20
_LOGO_PIXELS = 4096 * 4096
_LOGO_BOX = (480, 160)
_CONTRAST = 4.5
_ORIGIN = re.compile(r"https://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class BrandChange:
    """What to set on a site's page; None leaves a thing as it is, an empty one takes it away."""

    name: str | None = None
    logo: bytes | None = None
    colour: str | None = None
    imprint: str | None = None
    frame_ancestors: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Brand:
    """A site's page as it is shown."""

    site: str
    name: str
    colour: str
    imprint: str
    logo_digest: str
    frame_ancestors: tuple[str, ...]


def set_brand(node: Node, site: str, change: BrandChange, *, actor: str) -> Brand:
    """Change how a site's upload page looks.

    Raises:
        NotFound: no such site.
        Malformed: not a picture, a colour too light or not written #rrggbb, or not an origin.
        TooLarge: the logo has too many bytes or pixels.
    """
    logo = clean_logo(change.logo) if change.logo else change.logo
    colour = _checked_colour(change.colour) if change.colour else change.colour
    ancestors = [_checked_origin(each) for each in change.frame_ancestors or () if each]
    with node.identity.write() as session:
        row = session.get(SiteBrand, get_site(session, site).name) or SiteBrand(site=site, frame_ancestors=[])
        session.add(row)
        for field, value in (("name", change.name), ("colour", colour), ("imprint", change.imprint)):
            if value is not None:
                setattr(row, field, value.strip())
        if logo is not None:
            row.logo = logo or None
        if change.frame_ancestors is not None:
            row.frame_ancestors = ancestors
        audit.note(session, node.clock, actor=actor, action="site-branded", subject=site)
        session.flush()
        return brand_of(session, node, site)


def brand_of(session: Session, node: Node, site: str | None) -> Brand:
    """Return how the page of a site looks; without a site, or without a look of its own, it bears the node's name."""
    row = session.get(SiteBrand, site) if site else None
    known = session.get(Site, site) if site else None
    fallback = known.display_name if known is not None else node.settings.node.name
    if row is None:
        return Brand(site or "", fallback, COLOUR, "", "", ())
    digest = hashlib.sha256(row.logo).hexdigest()[:16] if row.logo else ""
    return Brand(row.site, row.name or fallback, row.colour or COLOUR, row.imprint, digest, tuple(row.frame_ancestors))


def brand_view(brand: Brand) -> dict[str, Any]:
    """Return a look as the command line shows it."""
    return {
        "site": brand.site,
        "name": brand.name,
        "colour": brand.colour,
        "imprint": brand.imprint,
        "logo": bool(brand.logo_digest),
        "frame_ancestors": list(brand.frame_ancestors),
    }


def clean_logo(content: bytes) -> bytes:
    """Return a picture as a small PNG made anew from its pixels.

    Raises:
        Malformed: neither PNG nor JPEG, or damaged.
        TooLarge: too many bytes or pixels.
    """
    if len(content) > _LOGO_BYTES:
        raise TooLarge(f"a logo may have {_LOGO_BYTES} bytes")
    try:
        picture = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
        if picture.width * picture.height > _LOGO_PIXELS:
            raise TooLarge(f"a logo may have {_LOGO_PIXELS} pixels")
        pixels = picture.convert("RGBA")
    except TooLarge:
        raise
    except Exception:  # noqa: BLE001 - a decoder meets a foreign file here: any failure of it is the file's
        raise Malformed("the logo is not a PNG or JPEG picture; convert an SVG to PNG first") from None
    pixels.thumbnail(_LOGO_BOX)
    bare = Image.new("RGBA", pixels.size)
    bare.paste(pixels)
    target = io.BytesIO()
    bare.save(target, "PNG", optimize=True)
    return target.getvalue()


def contrast_with_white(colour: str) -> float:
    """Return the contrast ratio of WCAG 2.1 between white and a colour written #rrggbb."""
    shares = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


def _checked_colour(colour: str) -> str:
    value = colour.strip().lower()
    if not re.fullmatch(r"#[0-9a-f]{6}", value):
        raise Malformed("a colour is written #rrggbb, such as #0b5c7a")
    contrast = contrast_with_white(value)
    if contrast < _CONTRAST:
        raise Malformed(f"white words on {value} could not be read: contrast {contrast:.1f}, needed {_CONTRAST}")
    return value


def _checked_origin(origin: str) -> str:
    value = origin.strip().rstrip("/")
    local = urlsplit(value).hostname in {"localhost", "127.0.0.1"} and re.fullmatch(r"http://[a-z0-9.:]+", value)
    if not (_ORIGIN.fullmatch(value) or local):
        raise Malformed("a frame ancestor is an origin such as https://www.hospital.example")
    return value
