"""Take OHIF's package apart: only files that are served, under names that are plain, within limits.

The package believes it is served at the root of a host. The one line of its loader that says so is exchanged for where
this node serves it; a package without that line is built in another way and is refused, not half installed.
"""

import gzip
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.errors import Malformed, TooLarge
from viewer_api.ohif.installation import COMPRESSED, files_address
from viewer_api.ohif.router import MEDIA_TYPES

MAXIMUM_FILES = 3000
MAXIMUM_BYTES = 1 << 30

_ROOT = "package/dist/"
_LICENCE = "package/LICENSE"
_NAME = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9._@-]{0,120}(/[A-Za-z0-9_@][A-Za-z0-9._@-]{0,120}){0,6}")
_LEFT_OUT = ("ort/", "sw.js", "init-service-worker.js", "app-config.js", "google.js", "oidc-client.min.js")
"""Models' run-time that viewing does not need, a worker that asks a foreign host, settings and log-ins of others."""
_LOADED_FROM = b'__webpack_require__.p = "/";'
_COMPRESSIBLE = frozenset({"js", "css", "json", "svg", "wasm"})
_SCRIPT = re.compile(r'<script defer(?:="defer")? src="/(app\.bundle\.[0-9a-z]+\.js)"')
_STYLE = re.compile(r'<link href="/(app\.bundle(?:\.[0-9a-z]+)?\.css)"')


@dataclass(frozen=True)
class Unpacked:
    """What was laid down: every file and whether it has a gzip form, what the page must load, and how much it is."""

    files: dict[str, bool]
    script: str
    style: str
    bytes: int


def unpack(archive: Path, target: Path, folder: str) -> Unpacked:
    """Lay down the files of a package in an empty folder, to be served from `folder`.

    Raises:
        Malformed: not such a package, or built in a way that cannot be served here.
        TooLarge: more or longer files than any such package has.
    """
    files: dict[str, bool] = {}
    page, total, rewritten = "", 0, 0
    address = files_address(folder).encode()
    for name, content in _members(archive):
        if name == "index.html":
            page = content.decode("utf-8", "replace")
        elif name == "LICENSE" or _served(name):
            served = content.replace(_LOADED_FROM, _LOADED_FROM.replace(b'"/"', b'"' + address + b'"'))
            rewritten += served != content
            if name.endswith(".css"):
                served = served.replace(b"url(/", b"url(" + address)
            files[name] = _write(target / name, served)
            total += len(served)
    script, style = _SCRIPT.search(page), _STYLE.search(page)
    if not rewritten or script is None or style is None or not {script[1], style[1]} <= files.keys():
        raise Malformed("the package is not built as this node can serve it; install the version that is pinned")
    files.pop("LICENSE", None)  # kept beside the others, as it asks, and not served
    return Unpacked(files, script[1], style[1], total)


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the licence and of every regular file of the prebuilt viewer."""
    count = total = 0
    try:
        with tarfile.open(archive, "r:gz") as package:
            for member in package:
                count, total = count + 1, total + member.size
                if count > MAXIMUM_FILES or total > MAXIMUM_BYTES:
                    raise TooLarge("the package is larger than a viewer is")
                name = "LICENSE" if member.name == _LICENCE else member.name.removeprefix(_ROOT)
                wanted = member.isreg() and (name == "LICENSE" or member.name.startswith(_ROOT))
                stream = package.extractfile(member) if wanted and _NAME.fullmatch(name) else None
                if stream is not None:
                    yield name, stream.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise Malformed("the package cannot be unpacked") from error


def _served(name: str) -> bool:
    return name.rpartition(".")[2] in MEDIA_TYPES and not name.startswith(_LEFT_OUT)


def _write(path: Path, content: bytes) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if path.suffix[1:] not in _COMPRESSIBLE or len(content) < 1024:
        return False
    path.with_name(path.name + COMPRESSED).write_bytes(gzip.compress(content, 6, mtime=0))
    return True
