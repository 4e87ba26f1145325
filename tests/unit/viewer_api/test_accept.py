"""Content negotiation: who prefers what is served that, and nobody is served what they did not ask for."""

import pytest

from config.errors import Malformed
from viewer_api.dicomweb.accept import Offer, negotiate, parse_accept
from viewer_api.errors import NotAcceptable

JPEG, PNG = Offer("image/jpeg"), Offer("image/png")
OCTETS = Offer("application/octet-stream", True, "1.2.840.10008.1.2.1")
J2K = Offer("image/jp2", True, "1.2.840.10008.1.2.4.90")


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, JPEG),
        ("*/*", JPEG),
        ("image/*", JPEG),
        ("image/png", PNG),
        ("image/png;q=0.5, image/jpeg;q=0.4", PNG),
        ("image/png;q=0.2, image/*;q=0.9", JPEG),
        ("image/jpeg;q=0, */*", PNG),
        ("image/jpeg;q=0.2, image/*;q=0.9", PNG),
        ("*/*;q=0.1, image/png;q=0.1", JPEG),
        ("text/html, IMAGE/PNG", PNG),
    ],
)
def test_pictures_by_preference(header: str | None, chosen: Offer) -> None:
    assert negotiate(parse_accept(header), (JPEG, PNG)) == chosen


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("*/*", OCTETS),
        ("multipart/related", OCTETS),
        ('multipart/related; type="application/octet-stream"', OCTETS),
        ("multipart/related; type=application/octet-stream; transfer-syntax=*", OCTETS),
        ('multipart/related; type="image/jp2"; transfer-syntax=1.2.840.10008.1.2.4.90', J2K),
        ('multipart/related; type="image/jls", multipart/related; type="image/jp2"', J2K),
        ('multipart/related; type="image/*"', J2K),
    ],
)
def test_parts_by_type_and_transfer_syntax(header: str, chosen: Offer) -> None:
    assert negotiate(parse_accept(header), (OCTETS, J2K)) == chosen


@pytest.mark.parametrize(
    "header",
    [
        "application/octet-stream",
        "text/html",
        'multipart/related; type="image/jp2"; transfer-syntax=1.2.840.10008.1.2.4.91',
        'multipart/related; type="image/jls"',
        "*/*;q=0",
    ],
)
def test_nothing_in_common_names_what_is_offered(header: str) -> None:
    with pytest.raises(NotAcceptable, match="image/jp2"):
        negotiate(parse_accept(header), (OCTETS, J2K))


def test_the_parameter_replaces_the_header() -> None:
    assert negotiate(parse_accept("image/jpeg", "image/png"), (JPEG, PNG)) == PNG


@pytest.mark.parametrize("header", ["image", "a/b/c", "image/png;q=high", "x" * 5000])
def test_what_is_no_accept_header_is_malformed(header: str) -> None:
    with pytest.raises(Malformed):
        parse_accept(header)
