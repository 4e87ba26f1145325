"""De-identify files without a node: the same library, the same rules, no databases.

Names below the output folder are the new SOP Instance UIDs, in a folder for each new study: a source's name may bear an
identity. Many files are shared out among processes, neighbours together: what repeats in a series is decided once. The
library takes half a second to import; it is imported here while the process is that the others are forked from imports
it, too.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import forkserver, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.errors import Conflict, Malformed

if TYPE_CHECKING:
    from anonymizer import NodeKey
    from gateway.offline_file import Outcome, Task

_FEWEST_FOR_PROCESSES = 1000
_TOGETHER = 64


def deidentify_folder(
    source: Path,
    target: Path,
    *,
    profile: str,
    key_file: Path | None,
    on_found: Callable[[int], object] = lambda count: None,
    on_file: Callable[[], object] = lambda: None,
    processes: int | None = None,
    rules_alone: bool = False,
) -> dict[str, Any]:
    """De-identify a file into `target`, or a folder into a folder; return what became of every file.

    `processes` is how many work at once, by default as many as there are processors, if the files are many;
    `rules_alone` lets images go on that a rule for burned-in text applies to, where no reader of text is installed.

    Raises:
        Misconfigured: an unknown profile.
        Malformed: a key file that is none.
        Conflict: the output lies inside the input, or the output file exists.
    """
    if source.is_dir() and target.resolve().is_relative_to(source.resolve()):
        raise Conflict("the output folder lies inside the input folder")
    single = source.is_file()
    if single and target.exists() and not target.is_dir():
        raise Conflict(f"{target} exists; nothing is overwritten")
    to_file = target if single and not target.is_dir() else None
    files = [(source.name, source)] if single else list(_files(source))
    on_found(len(files))
    if processes is None:
        processes = len(os.sched_getaffinity(0)) if len(files) >= _FEWEST_FOR_PROCESSES else 1
    if processes > 1:
        forkserver.set_forkserver_preload(["gateway.offline_file"])
        forkserver.ensure_running()

    from gateway.offline_file import Task
    from gateway.profiles import profile_named

    task = Task(_read_key(key_file), profile_named(profile), target, to_file, rules_alone)
    (to_file.parent if to_file else target).mkdir(parents=True, exist_ok=True)
    found = []
    for outcome in _outcomes(task, files, processes):
        found.append(outcome)
        on_file()
    return {"profile": profile, "files": _without_faces(task, files, found)}


def _without_faces(task: "Task", files: list[tuple[str, Path]], found: "list[Outcome]") -> "list[Outcome]":
    """Return the outcomes, of whole series in the place of the files that were refused since they may show a face."""
    from anonymizer.recognizable import CODE

    refused = [file for file, outcome in zip(files, found, strict=True) if outcome.pop(CODE, False)]
    if not refused:
        return found
    from gateway.offline_faces import deidentify_series

    instead = {outcome["source"]: outcome for outcome in deidentify_series(task, refused)}
    return [instead.get(outcome["source"], outcome) for outcome in found]


def _outcomes(task: "Task", files: list[tuple[str, Path]], processes: int) -> "Iterator[Outcome]":
    """Yield what becomes of the files, in their order."""
    from gateway.offline_file import deidentify_files

    if processes < 2:
        for file in files:
            yield from deidentify_files(task, [file])
        return
    shares = [files[start : start + _TOGETHER] for start in range(0, len(files), _TOGETHER)]
    # The caller may draw a progress bar in a thread of its own: this process must not fork.
    with ProcessPoolExecutor(processes, mp_context=get_context("forkserver")) as pool:
        for outcomes in pool.map(partial(deidentify_files, task), shares):
            yield from outcomes


def _read_key(path: Path | None) -> "NodeKey":
    from anonymizer import NodeKey

    if path is None:
        return NodeKey(secrets.token_bytes(32))
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (ValueError, UnicodeDecodeError):
        secret = b""
    if len(secret) != 32:
        raise Malformed("the key file has 64 hexadecimal digits")
    return NodeKey(secret)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name below the folder and the path of every file, in order."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent) / name
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(folder)), path
