"""What this room refuses, as branches of `config.errors`.

    SenderFault
    ├── CannotRender     the stored pixels cannot be shown faithfully; the message says why
    └── NotAcceptable    none of the media types or transfer syntaxes asked for can be served

A picture that would look plausible and be wrong is worse than none, so every doubt about the pixels ends here.
"""

from config.errors import SenderFault


class CannotRender(SenderFault):
    """The stored pixels cannot be shown faithfully."""


class NotAcceptable(SenderFault):
    """Nothing that the Accept header permits can be served."""
