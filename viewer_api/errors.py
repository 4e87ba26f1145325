"""What this room refuses, as branches of `config.errors`.

    SenderFault
    ├── CannotRender     the stored pixels cannot be shown faithfully; the message says why
    ├── CannotMeasure    the image does not say what a value or a distance means; the message says what is missing
    ├── NotAcceptable    none of the media types or transfer syntaxes asked for can be served
    ├── RangeNotSatisfiable  the byte range asked for begins behind the end
    └── TooOften         a shared preview is asked for faster than it may be

A picture that would look plausible and be wrong is worse than none, so every doubt about the pixels ends here.
"""

from pydicom.errors import BytesLengthException

from config.errors import SenderFault

UNREADABLE: tuple[type[Exception], ...] = (
    *(AttributeError, IndexError, KeyError, NotImplementedError, OverflowError, RecursionError, TypeError, ValueError),
    BytesLengthException,
)
"""What the library raises over an element that it cannot read."""


class CannotRender(SenderFault):
    """The stored pixels cannot be shown faithfully."""


class CannotMeasure(SenderFault):
    """The image does not state what the quantity asked for needs."""


class NotAcceptable(SenderFault):
    """Nothing that the Accept header permits can be served."""


class RangeNotSatisfiable(SenderFault):
    """The byte range asked for begins behind the end of what has `length` bytes."""

    def __init__(self, length: int) -> None:
        super().__init__(f"the range begins behind the end: there are {length} bytes")
        self.length = length


class TooOften(SenderFault):
    """A shared preview is asked for faster than it may be; waiting `seconds` helps."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"asked too often: wait {seconds} seconds")
        self.seconds = seconds
