"""The levels of the log while a node runs: one small file that every process looks at, taking effect within a second.

The file names a level for `all` or for single roles, the role winning. It lasts until the node is started anew; what
holds then is `[log] level` again. A level that is none, as of a file written by hand, changes nothing.
"""

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast, get_args

from config.log import configure_log, get_log
from config.settings import Settings

Level = Literal["debug", "info", "warning", "error"]
LEVELS: tuple[Level, ...] = get_args(Level)
EVERY_ROLE = "all"
SUPERVISOR = "supervisor"

_LOOK_SECONDS = 0.5


def set_levels(settings: Settings, level: Level | None, roles: tuple[str, ...]) -> dict[str, str]:
    """Set the level of roles (none named: of all), or None for that of the settings; return what is set now."""
    levels = dict(read_levels(settings.home))
    for role in roles or (EVERY_ROLE,):
        if role == EVERY_ROLE:
            levels.clear()
        if level is not None:
            levels[role] = level
        else:
            levels.pop(role, None)
    path = _file(settings.home)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(levels), encoding="utf-8")
    temporary.replace(path)
    return levels


def read_levels(home: Path) -> Mapping[str, str]:
    """Return the levels that were set, by role; nothing where none were."""
    try:
        said = json.loads(_file(home).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {role: level for role, level in said.items() if level in LEVELS} if isinstance(said, dict) else {}


def forget_levels(home: Path) -> None:
    """Let the settings count again."""
    _file(home).unlink(missing_ok=True)


def level_of(settings: Settings, role: str) -> Level:
    """Return the level at which a role is to log now."""
    levels = read_levels(settings.home)
    return cast(Level, levels.get(role) or levels.get(EVERY_ROLE) or settings.log.level)


def follow_levels(settings: Settings, role: str, stop: threading.Event) -> None:
    """Keep the log of this process at the level of its role until told to stop, on a thread of its own."""
    level = level_of(settings, role)
    configure_log(level, settings.log.format)

    def watch(present: Level) -> None:
        while not stop.wait(_LOOK_SECONDS):
            wanted = level_of(settings, role)
            if wanted != present:
                present = wanted
                configure_log(wanted, settings.log.format)
                get_log().warning("log level set", role=role, state=wanted, pid=os.getpid())

    threading.Thread(target=watch, args=(level,), name="log level", daemon=True).start()


def _file(home: Path) -> Path:
    return home / "run" / "log-levels"
