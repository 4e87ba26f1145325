"""De-identify files without a node: the same library, the same rules, no databases.

Names below the output folder are the new SOP Instance UIDs, in a folder for each new study: a source's name may bear an
identity.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from anonymizer import CannotDeidentify, Context, NodeKey, Refused, deidentify
from config.errors import Conflict, Malformed
from gateway.crosswalk import pseudonym_of
from gateway.headers import NotDicom, read_header
from gateway.node import profile_named

_SITE = "offline"


def deidentify_folder(
    source: Path, target: Path, *, profile: str, key_file: Path | None, on_file: Callable[[], object]
) -> dict[str, Any]:
    """De-identify a file into `target`, or a folder into a folder; return what became of every file.

    Raises:
        Misconfigured: an unknown profile.
        Malformed: a key file that is none.
        Conflict: the output lies inside the input, or the output file exists.
    """
    key = _read_key(key_file)
    rules = profile_named(profile)
    if source.is_dir() and target.resolve().is_relative_to(source.resolve()):
        raise Conflict("the output folder lies inside the input folder")
    single = source.is_file()
    if single and target.exists() and not target.is_dir():
        raise Conflict(f"{target} exists; nothing is overwritten")
    found = []
    for path in [source] if single else _files(source):
        to_file = target if single and not target.is_dir() else None
        name = path.name if single else str(path.relative_to(source))
        found.append({"source": name, **_one(path, target, to_file, key, rules)})
        on_file()
    return {"profile": profile, "files": found}


def _one(path: Path, folder: Path, to_file: Path | None, key: NodeKey, rules: Any) -> dict[str, Any]:
    unfinished = (to_file or folder / "x").with_name(f".{secrets.token_hex(8)}.part")
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("rb") as stream:
            header = read_header(stream)
            stream.seek(0)
            name = pseudonym_of(key, _SITE, header)
            context = Context(key, _SITE, name, header.patient_scope, rules)
            with unfinished.open("wb") as sink:
                report = deidentify(stream, sink, context)
    except NotDicom:
        return {"outcome": "skipped", "reason": "not a DICOM object", "target": None}
    except (Malformed, CannotDeidentify) as error:
        return {"outcome": "unreadable", "reason": str(error), "target": None}
    except Refused as error:
        return {"outcome": "refused", "reason": error.reason, "target": None}
    else:
        final = to_file or folder / report.study_instance_uid / f"{report.sop_instance_uid}.dcm"
        final.parent.mkdir(parents=True, exist_ok=True)
        unfinished.replace(final)
        written = final.name if to_file else str(final.relative_to(folder))
        return {"outcome": "written", "reason": None, "target": written, "counts": dict(report.counts)}
    finally:
        unfinished.unlink(missing_ok=True)


def _read_key(path: Path | None) -> NodeKey:
    if path is None:
        return NodeKey(secrets.token_bytes(32))
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (ValueError, UnicodeDecodeError):
        secret = b""
    if len(secret) != 32:
        raise Malformed("the key file has 64 hexadecimal digits")
    return NodeKey(secret)


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent) / name
            if path.is_file() and not path.is_symlink():
                yield path
