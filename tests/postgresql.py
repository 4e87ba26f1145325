"""A PostgreSQL server of the tests' own: a new cluster in a temporary folder, at a socket in it, with no durability.

`initdb` refuses to run as root: then the server runs as the system's user `postgres`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

OWNER = "overread_admin"
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=200")


@dataclass(frozen=True)
class Cluster:
    """A running server; `control` runs one of its programs on its data."""

    folder: Path
    control: Callable[..., None]

    def url(self, database: str, role: str) -> str:
        """Return how a role reaches a database, as a node is told."""
        return f"postgresql://{role}@/{database}?host={self.folder}"

    def execute(self, *statements: sql.Composable | str, database: str = "postgres") -> None:
        """Do something as the owner of the server."""
        with psycopg.connect(host=str(self.folder), dbname=database, user=OWNER, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def break_connections(self) -> None:
        """End every connection as a server does that is restarted."""
        self.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user")

    def copy_database(self, name: str, to: str, owner: str) -> str:
        """Dump a database and load it into a new one, as docs/operations.md says; return the URL of the copy."""
        url, file = self.make_database(to, owner), str(self.folder / f"{name}.dump")
        where = ("-h", str(self.folder), "-U", owner)
        self.control("pg_dump", *where, "-Fc", "-f", file, name)
        self.control("pg_restore", *where, "--exit-on-error", "-d", to, file)
        return url

    def make_role(self, name: str) -> None:
        """Make a role that can do nothing yet."""
        self.execute(sql.SQL("create role {} login").format(sql.Identifier(name)))

    def make_database(self, name: str, owner: str) -> str:
        """Make a database as docs/operations.md says; return its URL for its owner."""
        made, role = sql.Identifier(name), sql.Identifier(owner)
        self.execute(
            sql.SQL(
                "create database {} owner {} encoding 'UTF8' lc_collate 'C' lc_ctype 'C.UTF-8' template template0"
            ).format(made, role),
            sql.SQL("revoke all on database {} from public").format(made),
        )
        return self.url(name, owner)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Run a server for as long as the block lasts; skips where PostgreSQL is not installed, fails when CI=true."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="overread-pg-"))  # short: the path of a socket is at most 107 bytes long
    user = _user()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)

    log = folder / "log"

    def run(program: str, *words: str) -> None:
        done = subprocess.run(
            [programs / program, *words],
            user=user.pw_uid if user is not None else None,
            group=user.pw_gid if user is not None else None,
            extra_groups=[] if user is not None else None,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would stay open as long as the server runs
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{program} failed: {_tail(log)}"

    data = str(folder / "data")
    options = " ".join(f"-c {option}" for option in (*_QUICK, "listen_addresses=", f"unix_socket_directories={folder}"))
    try:
        run("initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", f"--username={OWNER}", "-D", data)
        run("pg_ctl", "start", "-w", "-t", "240", "-D", data, "-l", str(log), "-o", options)
        try:
            yield Cluster(folder, run)
        finally:
            run("pg_ctl", "stop", "-m", "immediate", "-w", "-t", "240", "-D", data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))[::-1]:
        if (folder / "initdb").exists():
            return folder
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    if os.environ.get("CI") == "true":
        pytest.fail("the foreign program PostgreSQL is missing")
    pytest.skip("the foreign program PostgreSQL is not installed")


def _user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("there is no user postgres to run the server as")


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:] if log.exists() else "it wrote no log"
