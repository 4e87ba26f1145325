"""How much a bundle may unfold to, counted while it unfolds and never taken from what it claims about itself.

Films of nearly black pictures (mammography) compress several hundredfold and are honest, so the ratio is judged only
beyond an allowance that costs the node nothing; the absolute limits hold from the first byte.
"""

from collections.abc import Callable

from config.errors import TooLarge
from config.settings import MIB, Uploads

UNJUDGED_BYTES = 512 * MIB

Meter = Callable[[int], None]


class Budget:
    """The account of one bundle, shared by every archive nested in it."""

    def __init__(self, limits: Uploads, packed_bytes: int) -> None:
        self.limits = limits
        self._packed = packed_bytes
        self._expanded = 0
        self._members = 0

    def count(self) -> None:
        """Account for one more member.

        Raises:
            TooLarge: more than uploads.maximum_members.
        """
        self._members += 1
        self.refuse_count(self._members)

    def refuse_count(self, members: int) -> None:
        """Refuse a number of members that is over the limit.

        Raises:
            TooLarge: more than uploads.maximum_members.
        """
        if members > self.limits.maximum_members:
            raise TooLarge(
                f"the bundle holds more than {self.limits.maximum_members} files (uploads.maximum_members):"
                " send it in several parts"
            )

    def meter(self, packed_bytes: int | None = None) -> Meter:
        """Return what to call with the number of every byte unpacked from one member of a packed size, if known.

        Raises (in the meter):
            TooLarge: more than uploads.maximum_expanded_bytes, or than uploads.maximum_ratio times the packed size.
        """
        member_bytes = 0

        def spend(count: int) -> None:
            nonlocal member_bytes
            member_bytes += count
            self._expanded += count
            if self._expanded > self.limits.maximum_expanded_bytes:
                raise TooLarge(
                    f"the bundle unfolds to more than {self.limits.maximum_expanded_bytes} bytes"
                    " (uploads.maximum_expanded_bytes): send it in several parts"
                )
            self._refuse_ratio(self._expanded, self._packed)
            if packed_bytes is not None:
                self._refuse_ratio(member_bytes, packed_bytes)

        return spend

    def _refuse_ratio(self, expanded: int, packed: int) -> None:
        if expanded > UNJUDGED_BYTES and expanded > self.limits.maximum_ratio * packed:
            raise TooLarge(
                f"the bundle unfolds to more than {self.limits.maximum_ratio} times its size (uploads.maximum_ratio):"
                " send the files unpacked or weakly compressed"
            )
