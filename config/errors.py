"""The error tree: whose fault it is decides what a door answers.

    OverreadError
    ├── SenderFault            the sender must change something; repeating it unchanged is pointless
    │   ├── Malformed          the input cannot be read as what it claims to be
    │   ├── Refused            understood, and not allowed
    │   │   ├── Unauthenticated
    │   │   ├── Forbidden
    │   │   └── TooLarge
    │   ├── TooSlow            a body that drips, or that takes longer than a request may
    │   ├── NotFound
    │   ├── Conflict           the thing is in a state that does not permit this
    │   └── NotOffered         part of the interface that this version does not serve yet
    └── OurFault               nothing wrong with the input; trying again later may work
        ├── StorageFull
        ├── Unavailable
        └── Misconfigured      an administrator must change something

Each door has one table from these classes to its answers. A message is shown to the sender, so it never bears an
identity, and it says what to do.
"""


class OverreadError(Exception):
    """Any error this node raises on purpose."""


class SenderFault(OverreadError):
    """The sender must change something."""


class Malformed(SenderFault):
    """The input cannot be read as what it claims to be."""


class Refused(SenderFault):
    """The request is understood and not allowed."""


class Unauthenticated(Refused):
    """Nobody, or nobody known, asks."""


class Forbidden(Refused):
    """Somebody known asks for what their role does not permit."""


class TooLarge(Refused):
    """A limit on what a stranger can send was exceeded."""


class TooSlow(SenderFault):
    """What is being sent comes too slowly, or not at all."""


class NotFound(SenderFault):
    """There is no such thing, or none that the asker may see."""


class Conflict(SenderFault):
    """The thing is in a state that does not permit this."""


class NotOffered(SenderFault):
    """This part of the interface is not served by this version."""


class OurFault(OverreadError):
    """The input is fine; the node could not do its part now."""


class StorageFull(OurFault):
    """There is no room left to keep what was sent."""


class Unavailable(OurFault):
    """A part the node depends on does not answer."""


class Misconfigured(OurFault):
    """An administrator must change a setting."""
