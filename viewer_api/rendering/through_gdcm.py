"""Decode a frame with GDCM, the second choice for most syntaxes. It is loaded when it is first needed."""

import numpy as np

from viewer_api.rendering.frame import Pixels, frame_shape
from viewer_api.rendering.pixel_format import PixelFormat


def decode_with_gdcm(frame: bytes, format_: PixelFormat, syntax: str) -> tuple[Pixels, str]:
    """Decode one compressed frame."""
    import gdcm

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((format_.columns, format_.rows, 1))
    image.SetDataElement(element)
    kind = gdcm.PhotometricInterpretation.GetPIType(format_.photometric)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(syntax)))
    image.SetPixelFormat(
        gdcm.PixelFormat(format_.samples, format_.allocated, format_.stored, format_.high_bit, int(format_.signed))
    )
    raw = image.GetBuffer().encode("utf-8", "surrogateescape")
    pixels = np.frombuffer(raw, f"<{'i' if format_.signed else 'u'}{format_.allocated // 8}")
    return pixels.reshape(frame_shape(format_)), format_.photometric
