"""What tests share is work and nothing else: each database has its own rows."""

from pathlib import Path

from config.clock import system_clock
from tests.once_a_process import open_reading_zone
from worklist.access.readers import add_reader, list_readers
from worklist.models import Base


def test_databases_share_what_was_compiled_and_no_row(tmp_path: Path) -> None:
    one, other = (open_reading_zone(tmp_path / name) for name in ("one.sqlite", "other.sqlite"))
    with one.write() as session:
        add_reader(session, system_clock, name="Dr Ada", email="reader@example.org")
    with one.read() as here, other.read() as there:
        assert [each.name for each in list_readers(here)] == ["Dr Ada"]
        compiled = len(one.engine._compiled_cache)
        assert list_readers(there) == []
        assert len(one.engine._compiled_cache) == compiled
    for each in (one, other):
        each.close()


def test_a_copied_reading_zone_is_what_the_models_make(tmp_path: Path) -> None:
    zone = open_reading_zone(tmp_path / "reading.sqlite")
    with zone.engine.connect() as connection:
        assert set(Base.metadata.tables) <= set(zone.engine.dialect.get_table_names(connection))
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    zone.close()
