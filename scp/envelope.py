"""What a door knows of an object from the outside: who brought it, when, and how.

It is the first line of a spool file, one JSON object in the UTF-8 of `json.dumps`, so that a spool can be read by
anybody with `head -1`. An envelope may bear an identity in `path` (the name inside a bundle): it is never logged.
"""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal, Self, get_args

from config.errors import Malformed

Door = Literal["cstore", "upload", "stow", "cli"]
DOORS: tuple[Door, ...] = get_args(Door)

_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The circumstances of one received object.

    `delivery` is the hexadecimal UUID of one association or one upload. `sop_class_uid`, `sop_instance_uid` and
    `transfer_syntax_uid` are the claims of the C-STORE command set and the presentation context (of a part of a STOW-RS
    request the first two, from its file meta information), empty elsewhere.
    `headed` says that the payload begins with a Part 10 header (PS3.10 section 7.1). `problem` tells in words for
    people why the payload is not what its bundle held, such as a damaged file; empty when nothing is wrong.
    `problem_code` is the stable code of a problem of another kind than that.

    Raises:
        Malformed: an unknown door, or an instant without its time zone.
    """

    door: Door
    site: str
    delivery: str
    received_at: datetime
    calling_ae: str = ""
    called_ae: str = ""
    peer_host: str = ""
    transfer_syntax_uid: str = ""
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    path: str = ""
    case_number: str = ""
    headed: bool = True
    problem: str = ""
    problem_code: str = ""

    def __post_init__(self) -> None:
        if self.door not in DOORS:
            raise Malformed("an envelope names a door that does not exist")
        if self.received_at.tzinfo is None:
            raise Malformed("an envelope needs an instant with its time zone")

    def to_json(self) -> str:
        """Return the envelope as one line of JSON, without the line end."""
        values = {key: getattr(self, key) for key in _KEYS}
        values["received_at"] = self.received_at.isoformat()
        return _ENCODER.encode(values)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what `to_json` wrote.

        Raises:
            Malformed: not such a line, an unknown key, a missing one, or a value of the wrong kind.
        """
        try:
            values = json.loads(text)
        except ValueError:
            raise Malformed("the envelope of a spool entry is not JSON") from None
        if not isinstance(values, dict):
            raise Malformed("the envelope of a spool entry is not a JSON object")
        if unknown := values.keys() - _KEYS:
            raise Malformed(f"the envelope of a spool entry has {len(unknown)} unknown keys")
        if any(not isinstance(value, bool if key == "headed" else str) for key, value in values.items()):
            raise Malformed("the envelope of a spool entry has a value of the wrong kind")
        try:
            values["received_at"] = datetime.fromisoformat(values["received_at"])
            return cls(**values)
        except (KeyError, TypeError, ValueError):
            raise Malformed("the envelope of a spool entry lacks what every envelope has") from None


_KEYS = {field.name: None for field in fields(Envelope)}.keys()
