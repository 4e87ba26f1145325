"""Transfer syntaxes of the standard that the installed pydicom does not know yet: JPEG XL (PS3.5 section 8.2.15).

pydicom tells what a transfer syntax is like from its dictionary of UIDs, so they are entered where it lacks them.
"""

from pydicom import uid
from pydicom.uid import UID

JPEG_XL_LOSSLESS = UID("1.2.840.10008.1.2.4.110")
JPEG_XL_RECOMPRESSION = UID("1.2.840.10008.1.2.4.111")
JPEG_XL = UID("1.2.840.10008.1.2.4.112")

for _uid, _name, _keyword in (
    (JPEG_XL_LOSSLESS, "JPEG XL Lossless", "JPEGXLLossless"),
    (JPEG_XL_RECOMPRESSION, "JPEG XL JPEG Recompression", "JPEGXLJPEGRecompression"),
    (JPEG_XL, "JPEG XL", "JPEGXL"),
):
    uid.UID_dictionary.setdefault(  # type: ignore[attr-defined]
        _uid, (_name, "Transfer Syntax", "", "", _keyword)
    )
