"""The Part 10 header that a received data set gets, since a C-STORE brings none (PS3.10 section 7.1).

It is written by hand, element by element, because the data set behind it must stay exactly as it came and because
building it with a library costs more than receiving the image.
"""

import struct

# The UUID-derived root of PS3.5 annex B.2: nobody else has it.
IMPLEMENTATION_CLASS_UID = "2.25.317977323503577223250374905655452449306"
IMPLEMENTATION_VERSION_NAME = "OVERREAD_1"


def encode_header(
    *, sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str, source_ae_title: str
) -> bytes:
    """Return preamble, prefix and file meta information in Explicit VR Little Endian."""
    meta = b"".join(
        (
            struct.pack("<HH2sHL", 0x0002, 0x0001, b"OB", 0, 2) + b"\0\1",
            _element(0x0002, b"UI", sop_class_uid),
            _element(0x0003, b"UI", sop_instance_uid),
            _element(0x0010, b"UI", transfer_syntax_uid),
            _element(0x0012, b"UI", IMPLEMENTATION_CLASS_UID),
            _element(0x0013, b"SH", IMPLEMENTATION_VERSION_NAME),
            _element(0x0016, b"AE", source_ae_title),
        )
    )
    return bytes(128) + b"DICM" + struct.pack("<HH2sHL", 0x0002, 0x0000, b"UL", 4, len(meta)) + meta


def _element(element: int, vr: bytes, text: str) -> bytes:
    value = text.encode("ascii")
    if len(value) % 2:
        value += b"\0" if vr == b"UI" else b" "
    return struct.pack("<HH2sH", 0x0002, element, vr, len(value)) + value
