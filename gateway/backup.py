"""Backups: both databases, the workflows, keys, settings and blobs, consistent without stopping the node.

The copy follows the way of an object, so that none slips past it: uploads, spool, databases (by SQLite's own online
copy), then blobs and keys. What was copied twice is taken in once, and every row of the copy finds its blob and its
version of the key. The mark that makes a copy a backup is written after everything else is on disk.
"""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy.engine import make_url

from config.errors import Conflict, Malformed, NotOffered
from config.settings import TOML_NAME, Settings
from gateway.profiles import FOLDER as PROFILES

_DATABASES = ("identity.sqlite", "reading.sqlite", "workflows.sqlite")
_BEFORE = ("uploads", "spool")
_AFTER = ("staging", "vault", "published", "keys")
_MARK = "overread-backup"
_ELSEWHERE = (
    "a database is outside the home, and this command copies a home alone: stop the node, dump both databases "
    "(pg_dump), copy the home, start it again; docs/operations.md says how"
)


def back_up(settings: Settings, target: Path) -> None:
    """Copy a node into an empty or new folder; the copy holds the keys, so keep it as safe as the node.

    Raises:
        Conflict: the folder is not empty.
        NotOffered: databases or blobs outside the home, which have backups of their own.
    """
    _require_embedded(settings)
    if target.exists() and any(target.iterdir()):
        raise Conflict(f"{target} is not empty; name a new folder")
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    _copy_folders(settings.home, target, _BEFORE)
    if (settings.home / PROFILES).exists():  # only where a site has rules of its own
        _copy_folders(settings.home, target, (PROFILES,))
    for name in _DATABASES:
        if (settings.home / name).exists():
            with (
                closing(sqlite3.connect(settings.home / name)) as source,
                closing(sqlite3.connect(target / name)) as copy,
            ):
                source.backup(copy)
    _copy_folders(settings.home, target, _AFTER)
    _copy(str(settings.home / TOML_NAME), str(target / TOML_NAME))  # a node may be set by the environment alone
    os.sync()
    (target / _MARK).write_text("1\n", encoding="ascii")


def restore(settings_home: Path, source: Path) -> None:
    """Copy a backup into a home that does not exist yet or is empty.

    Raises:
        Malformed: not a backup.
        Conflict: there is a node already.
    """
    if not (source / _MARK).exists():
        raise Malformed(f"{source} is not a finished backup")
    if settings_home.exists() and any(settings_home.iterdir()):
        raise Conflict(f"{settings_home} is not empty; a backup is restored into a new home")
    shutil.copytree(source, settings_home, dirs_exist_ok=True, ignore=shutil.ignore_patterns(_MARK))
    settings_home.chmod(0o700)
    _offer_outbox_again(settings_home / "reading.sqlite")


def _offer_outbox_again(database: Path) -> None:
    """Let the gateway take every signed read again: the copies of the two databases are not of one instant.

    A return that exists already is recognised by its outbox entry, so that nothing is sent twice for it.
    """
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("update outbox_entry set taken_at = null")


def _require_embedded(settings: Settings) -> None:
    for url in (settings.identity_url, settings.reading_url):
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").parent != settings.home:
            raise NotOffered(_ELSEWHERE)
    if settings.vault.url or settings.published.url:
        raise NotOffered("blob stores outside the home are backed up with their own tools")


def _copy_folders(home: Path, target: Path, names: tuple[str, ...]) -> None:
    for name in names:
        shutil.copytree(home / name, target / name, dirs_exist_ok=True, ignore=_ignore_unfinished, copy_function=_copy)


def _copy(source: str, target: str) -> None:
    """Copy a file if it is there; one that moved on meanwhile is found further along the way."""
    with suppress(FileNotFoundError):
        shutil.copy2(source, target)


def _ignore_unfinished(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "tmp" or name.endswith(".part")}
