"""Read what the door wrote of its latest associations (`scp.visits`), without what the door itself needs."""

import json
from pathlib import Path
from typing import Any

_NEWEST = 200


def visits_of_receiver(path: Path, number: int) -> Path:
    """Return the file that a receiver writes of its own, beside that of the first one."""
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


def read_visits(path: Path) -> list[dict[str, Any]]:
    """Return the latest associations at all receivers, newest first; files that cannot be read are passed over."""
    others = sorted(path.parent.glob(f"{path.stem}-[0-9]*{path.suffix}"))
    visits = [visit for each in (path, *others) for visit in read_visits_of(each)]
    return sorted(visits, key=lambda visit: str(visit.get("at", "")), reverse=True)[:_NEWEST] if others else visits


def read_visits_of(path: Path) -> list[dict[str, Any]]:
    """Return the latest associations at one receiver, newest first; nothing where its file cannot be read."""
    try:
        visits = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [visit for visit in visits if isinstance(visit, dict)] if isinstance(visits, list) else []
