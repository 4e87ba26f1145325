"""Read what the door wrote of its latest associations (`scp.visits`), without what the door itself needs."""

import json
from pathlib import Path
from typing import Any


def read_visits(path: Path) -> list[dict[str, Any]]:
    """Return the latest associations, newest first; nothing where there is no such file or it cannot be read."""
    try:
        visits = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [visit for visit in visits if isinstance(visit, dict)] if isinstance(visits, list) else []
