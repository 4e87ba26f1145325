"""Which calling AE title belongs to which site: default deny, in one small JSON file that the gateway writes.

    {"sites": [{"site": "northfield", "ae_titles": ["NORTHFIELD_PACS"]}]}

The file is replaced whole, so a reader sees the old rules or the new ones. AE titles are compared exactly, blanks at
both ends apart (PS3.5 table 6.2-1); one title belongs to one site.
"""

import json
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from config.errors import Conflict, Malformed, Misconfigured
from config.identifiers import AETitle


@dataclass(frozen=True, slots=True)
class SiteRule:
    """The AE titles under which one site calls."""

    site: str
    ae_titles: tuple[AETitle, ...]


def write_peers(path: Path, rules: Iterable[SiteRule]) -> None:
    """Replace the rules; when this returns they are on disk, and running doors see them at their next association.

    Raises:
        Conflict: two sites claim one AE title.
    """
    rules = tuple(rules)
    _by_title(rules)
    text = json.dumps(
        {"sites": [{"site": rule.site, "ae_titles": [str(title) for title in rule.ae_titles]} for rule in rules]},
        indent=2,
    )
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
        self._sites: dict[AETitle, str] = {}

    def site_of(self, calling_ae: str) -> str | None:
        """Return the site that calls under a title, or None; an absent file knows nobody.

        Raises:
            Misconfigured: the file is not what `write_peers` writes.
        """
        try:
            title = AETitle(calling_ae)
        except Malformed:
            return None
        with self._lock:
            self._refresh()
            return self._sites.get(title)

    def _refresh(self) -> None:
        try:
            state = self._path.stat()
        except FileNotFoundError:
            self._seen, self._sites = None, {}
            return
        seen = (state.st_ino, state.st_mtime_ns, state.st_size)
        if seen != self._seen:
            self._sites = _by_title(_read(self._path))
            self._seen = seen


def _read(path: Path) -> list[SiteRule]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return [
            SiteRule(str(site["site"]), tuple(AETitle(title) for title in site["ae_titles"]))
            for site in document["sites"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, Malformed):
        raise Misconfigured(f"{path.name} is damaged: any `overread site set` writes it anew") from None


def _by_title(rules: Iterable[SiteRule]) -> dict[AETitle, str]:
    sites: dict[AETitle, str] = {}
    for rule in rules:
        for title in rule.ae_titles:
            if sites.setdefault(title, rule.site) != rule.site:
                raise Conflict(f"the AE title {title} already belongs to another site")
    return sites
