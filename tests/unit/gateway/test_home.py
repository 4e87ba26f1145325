"""The home of a node: made once, the same when made again, with a schema that is the models and guards its history."""

import stat
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from config.audit import verify_chain
from config.database import Database
from config.errors import Misconfigured
from config.migrate import differences
from config.settings import Settings
from gateway.home import databases_current, make_home, upgrade_databases
from gateway.models import Base, IdentityAudit
from gateway.node import open_node
from worklist.models import Base as ReadingBase


def test_new_home_says_what_was_made_and_a_second_time_makes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    assert len(make_home(home)) == 5
    before = {path: path.read_bytes() for path in home.rglob("*") if path.suffix in {".toml", ".key", ".age"}}
    keys = {path: path.read_bytes() for path in (home / "keys").iterdir()}
    assert make_home(home) == []
    assert {path: path.read_bytes() for path in before} == before
    assert {path: path.read_bytes() for path in keys} == keys


def test_home_and_keys_are_the_node_s_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_home(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    open_to_others = [path.name for path in (home / "keys").iterdir() if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert set(open_to_others) <= {"vault.recipient", "receipt.jwk"}  # public halves: they open and sign nothing


def test_what_is_missing_of_a_home_is_made_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_home(home)
    (home / "overread.toml").unlink()
    assert make_home(home) == ["settings overread.toml"]


@pytest.mark.parametrize("zone", ["identity", "reading"])
def test_migrations_give_the_schema_of_the_models(gate, zone: str) -> None:
    database: Database = getattr(gate.node, zone)
    metadata = Base.metadata if zone == "identity" else ReadingBase.metadata
    assert differences(database, metadata) == []


def test_fresh_databases_are_current_and_need_no_upgrade(gate) -> None:
    assert databases_current(gate.node.settings)
    assert upgrade_databases(gate.node.settings) == []


@pytest.mark.parametrize("change", ["UPDATE identity_audit SET actor = 'nobody'", "DELETE FROM identity_audit"])
def test_audit_trail_refuses_to_be_changed(gate, change: str) -> None:
    assert gate.audited()
    with pytest.raises(DBAPIError, match="append-only"), gate.node.identity.write() as session:
        session.execute(text(change))


def test_audit_trail_changed_behind_the_database_s_back_is_found(gate) -> None:
    gate.publish()
    with gate.node.identity.read() as session:
        entries = list(session.scalars(select(IdentityAudit).order_by(IdentityAudit.seq)))
    assert verify_chain(entries) is None
    entries[1].actor = "nobody"
    assert verify_chain(entries) == 2


def test_folder_that_is_no_home_is_not_opened_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="overread init"), open_node(Settings(home=tmp_path / "none")):
        pytest.fail("a node without keys was opened")
    assert not (tmp_path / "none").exists()
