"""Papers that come beside images, for the tests."""

from io import BytesIO

from reportlab.pdfgen.canvas import Canvas


def pdf(line: str) -> bytes:
    """Return a PDF of one line."""
    target = BytesIO()
    canvas = Canvas(target)
    canvas.drawString(50, 800, line)
    canvas.save()
    return target.getvalue()
