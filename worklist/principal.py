"""Who is asking: the one value that the gate hands to a route."""

from dataclasses import dataclass, field
from typing import Literal

from config.errors import Forbidden
from worklist.models import Role


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whose token or log-in was checked.

    `name` is the token's name, for a reader the reader's name; it is what the audit trail calls the actor.
    `reader_id` is set for the role reader only. `csrf_token` is set for a log-in only.
    """

    name: str
    role: Role
    reader_id: int | None
    via: Literal["token", "cookie", "association"]
    csrf_token: str | None = field(default=None, repr=False)

    @property
    def as_reader(self) -> int:
        """Return the reader's number.

        Raises:
            Forbidden: somebody else than a reader.
        """
        if self.reader_id is None:
            raise Forbidden("only a reader does this")
        return self.reader_id
