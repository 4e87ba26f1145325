"""How much a bundle may unfold to, counted while it unfolds and never taken from what it claims about itself.

Films of nearly black pictures (mammography) compress several hundredfold and are honest. So the ratio is judged only
beyond an allowance that costs the node little, and a DICOM object may unfold further than anything else: as far as
Deflate can shrink at all (1032 to 1), so that only what is nested, overlapping or packed by stronger methods exceeds
that. The absolute limits hold from the first byte.
"""

from collections.abc import Callable

from config.errors import TooLarge
from config.settings import Uploads

Meter = Callable[[int], None]


class Budget:
    """The account of one bundle, shared by every archive nested in it.

    `image` says whether the member that is being read is a DICOM object; members are read one after the other.
    """

    def __init__(self, limits: Uploads, packed_bytes: int) -> None:
        self.limits = limits
        self.image = False
        self._packed = packed_bytes
        self._expanded = 0
        self._due = 0.0
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
            TooLarge: more than uploads.maximum_expanded_bytes; or more than uploads.maximum_ratio, for DICOM objects
                uploads.maximum_image_ratio, allows for the packed size.
        """
        member_bytes, member_due = 0, 0.0

        def spend(count: int) -> None:
            nonlocal member_bytes, member_due
            due = count / self._ratio
            member_bytes, member_due = member_bytes + count, member_due + due
            self._expanded, self._due = self._expanded + count, self._due + due
            if self._expanded > self.limits.maximum_expanded_bytes:
                raise TooLarge(
                    f"the bundle unfolds to more than {self.limits.maximum_expanded_bytes} bytes"
                    " (uploads.maximum_expanded_bytes): send it in several parts"
                )
            self._refuse_ratio(self._expanded, self._due, self._packed)
            if packed_bytes is not None:
                self._refuse_ratio(member_bytes, member_due, packed_bytes)

        return spend

    @property
    def _ratio(self) -> int:
        return self.limits.maximum_image_ratio if self.image else self.limits.maximum_ratio

    def _refuse_ratio(self, expanded: int, due: float, packed: int) -> None:
        """Refuse what unfolds too far; `due` is how many packed bytes it would take at the ratios allowed."""
        if expanded > self.limits.ratio_allowance_bytes and due > packed:
            limit = "maximum_image_ratio" if self.image else "maximum_ratio"
            raise TooLarge(
                f"the bundle unfolds to more than {self._ratio} times its size (uploads.{limit}):"
                " send the files unpacked or weakly compressed"
            )
