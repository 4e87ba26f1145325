"""What a report page paints besides words: the tinted panel of the impression and the dot of the comparison."""

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph

from worklist.reports import styles

_BAR_WIDTH = 3


class Emphasis(Paragraph):  # type: ignore[misc]  # ReportLab is not annotated
    """A paragraph on a tinted ground with a bar at its left; several in a row make one panel over any page break."""

    def draw(self) -> None:
        """Paint the ground, then the text."""
        _paint_ground(self.canv, self.height)
        super().draw()


class EmphasisGap(Flowable):  # type: ignore[misc]  # ReportLab is not annotated
    """An empty strip of the panel: above, between and below its paragraphs."""

    def __init__(self, height: float) -> None:
        super().__init__()
        self.height = height

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        """Take the whole width."""
        self.width = available_width
        return self.width, self.height

    def draw(self) -> None:
        """Paint the ground."""
        _paint_ground(self.canv, self.height)


class Dot(Flowable):  # type: ignore[misc]  # ReportLab is not annotated
    """A filled circle as high as a line."""

    def __init__(self, colour: Color) -> None:
        super().__init__()
        self.width, self.height, self.colour = 10, 14, colour

    def draw(self) -> None:
        """Paint the circle."""
        self.canv.setFillColor(self.colour)
        self.canv.circle(4, 6.2, 3.6, stroke=0, fill=1)


def _paint_ground(canvas: Canvas, height: float) -> None:
    canvas.saveState()
    canvas.setFillColor(styles.EMPHASIS)
    canvas.rect(0, 0, styles.TEXT_WIDTH, height, stroke=0, fill=1)
    canvas.setFillColor(styles.ACCENT)
    canvas.rect(0, 0, _BAR_WIDTH, height, stroke=0, fill=1)
    canvas.restoreState()
