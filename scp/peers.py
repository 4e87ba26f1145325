"""Which calling AE title belongs to which site or workstation, and how it may come in: default deny, in one JSON file.

    {"sites": [{"site": "northfield", "ae_titles": ["NORTHFIELD_PACS"], "networks": ["10.1.0.0/16"]}],
     "workstations": [{"ae_title": "READING_ROOM"}]}

A site sends; a workstation queries and retrieves what is published. The gateway writes the file and replaces it whole,
so a reader sees the old rules or the new ones. AE titles are compared exactly, blanks at both ends apart (PS3.5 table
6.2-1); one title belongs to one site or workstation.
"""

import json
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from config.errors import Conflict, Malformed, Misconfigured
from config.identifiers import AETitle


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorTerms:
    """Under which conditions a site may come in; what is not set does not restrict it.

    `networks` are in CIDR notation; `certificates` are SHA-256 digests (hexadecimal, of DER) of the ones it may present
    over TLS; `user` and `password_hash` are what user identity negotiation must bring (`scp.user_identity`);
    `unlisted_sop_classes` says whether SOP classes that no dictionary lists are taken, None as the node's setting says.
    """

    networks: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    user: str = ""
    password_hash: str = ""
    maximum_associations: int | None = None
    instances_per_hour: int | None = None
    bytes_per_hour: int | None = None
    unlisted_sop_classes: bool | None = None


NO_TERMS = DoorTerms()


@dataclass(frozen=True, slots=True)
class SiteRule:
    """The AE titles under which one site calls, and on which terms."""

    site: str
    ae_titles: tuple[AETitle, ...]
    terms: DoorTerms = NO_TERMS


@dataclass(frozen=True, slots=True)
class WorkstationRule:
    """The AE title under which one workstation of a reader calls, and on which terms; it belongs to no site."""

    ae_title: AETitle
    terms: DoorTerms = NO_TERMS

    @property
    def site(self) -> str:
        """Return the site: none."""
        return ""

    @property
    def ae_titles(self) -> tuple[AETitle, ...]:
        """Return the one AE title."""
        return (self.ae_title,)


Rule = SiteRule | WorkstationRule


def write_peers(path: Path, rules: Iterable[SiteRule], workstations: Iterable[WorkstationRule] = ()) -> None:
    """Replace the rules; when this returns they are on disk, and running doors see them at their next association.

    Raises:
        Conflict: two of them claim one AE title.
    """
    rules, workstations = tuple(rules), tuple(workstations)
    _by_title((*rules, *workstations))
    document = {
        "sites": [
            {"site": rule.site, "ae_titles": [str(title) for title in rule.ae_titles], **_entry(rule.terms)}
            for rule in rules
        ],
        "workstations": [{"ae_title": str(rule.ae_title), **_entry(rule.terms)} for rule in workstations],
    }
    text = json.dumps(document, indent=2)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class Peers:
    """The rules as a door asks for them; the file is read again whenever it was replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._rules: dict[AETitle, Rule] = {}

    def rule_of(self, calling_ae: str) -> Rule | None:
        """Return the rule of the site or workstation that calls under a title, or None; an absent file knows nobody.

        Raises:
            Misconfigured: the file is not what `write_peers` writes.
        """
        try:
            title = AETitle(calling_ae)
        except Malformed:
            return None
        with self._lock:
            self._refresh()
            return self._rules.get(title)

    def _refresh(self) -> None:
        try:
            state = self._path.stat()
        except FileNotFoundError:
            self._seen, self._rules = None, {}
            return
        seen = (state.st_ino, state.st_mtime_ns, state.st_size)
        if seen != self._seen:
            self._rules = _by_title(_read(self._path))
            self._seen = seen


_TERMS = tuple(field.name for field in fields(DoorTerms))


def _entry(terms: DoorTerms) -> dict[str, object]:
    return {name: value for name, value in asdict(terms).items() if value not in ((), "", None)}


def _read(path: Path) -> list[Rule]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        sites = [
            SiteRule(str(site["site"]), tuple(AETitle(title) for title in site["ae_titles"]), _terms(site))
            for site in document["sites"]
        ]
        workstations = [
            WorkstationRule(AETitle(each["ae_title"]), _terms(each)) for each in document.get("workstations", ())
        ]
        return [*sites, *workstations]
    except (ValueError, KeyError, TypeError, AttributeError, Malformed):
        raise Misconfigured(f"{path.name} is damaged: any `overread site set` writes it anew") from None


def _terms(entry: dict[str, Any]) -> DoorTerms:
    given: dict[str, Any] = {name: entry[name] for name in _TERMS if name in entry}
    for name in ("networks", "certificates"):
        given[name] = tuple(str(each) for each in given.get(name, ()))
    return DoorTerms(**given)


def _by_title(rules: Iterable[Rule]) -> dict[AETitle, Rule]:
    by_title: dict[AETitle, Rule] = {}
    for rule in rules:
        for title in rule.ae_titles:
            if by_title.setdefault(title, rule).site != rule.site:
                raise Conflict(f"the AE title {title} already belongs to another site or workstation")
    return by_title
