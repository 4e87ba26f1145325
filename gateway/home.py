"""The home of a node: folders, keys, the commented settings file and both databases. Safe to make again."""

from importlib.resources import files
from pathlib import Path

from config.database import Database
from config.keys import create_keys
from config.migrate import is_current, upgrade_database
from config.settings import TOML_NAME, Settings

IDENTITY_MIGRATIONS = "gateway:migrations"
READING_MIGRATIONS = "worklist:migrations"
_FOLDERS = ("spool", "uploads", "vault", "published", "staging", "scratch", "run")


def make_home(home: Path) -> list[str]:
    """Make what a home lacks; return a line for each thing made."""
    made = []
    if not home.exists():
        made.append(f"home {home}")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)  # the databases in it are not encrypted
    for name in _FOLDERS:
        (home / name).mkdir(mode=0o700, exist_ok=True)
    if not (home / TOML_NAME).exists():
        (home / TOML_NAME).write_text(files("config").joinpath(TOML_NAME).read_text(encoding="utf-8"), encoding="utf-8")
        made.append(f"settings {TOML_NAME}")
    if create_keys(home):
        made.append("keys in keys/ (back them up: without them the vault stays shut)")
    settings = Settings.load(home)
    made += [f"database {name}" for name in upgrade_databases(settings)]
    return made


def upgrade_databases(settings: Settings) -> list[str]:
    """Run the migrations that the databases lack; return the names of the databases that changed."""
    return [name for name, database, location in _databases(settings) if _upgraded(database, location)]


def databases_current(settings: Settings) -> bool:
    """Say whether both databases have the schema of this version."""
    current = []
    for _, database, location in _databases(settings):
        current.append(is_current(database, location))
        database.close()
    return all(current)


def _databases(settings: Settings) -> list[tuple[str, Database, str]]:
    return [
        ("identity", Database(settings.identity_url), IDENTITY_MIGRATIONS),
        ("reading", Database(settings.reading_url), READING_MIGRATIONS),
    ]


def _upgraded(database: Database, location: str) -> bool:
    try:
        return upgrade_database(database, location)
    finally:
        database.close()
