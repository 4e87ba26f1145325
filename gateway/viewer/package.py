"""Get OHIF's package with the npm client of whoever installs it, and believe it only by its digest.

npm is asked for one archive and runs nothing of it. Which registry it asks, and with which proxy, is its own business.
"""

import base64
import hashlib
import hmac
import re
import shutil
import subprocess
from pathlib import Path

from config.errors import Malformed, Refused, Unavailable

PACKAGE = "@ohif/app"
_VERSION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){2}(-[0-9A-Za-z.-]{1,40})?")
_INTEGRITY = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")
_PATIENCE_SECONDS = 900
_CHUNK = 1 << 20


def check_names(version: str, integrity: str) -> None:
    """Refuse what is no version or no digest as npm writes them.

    Raises:
        Malformed: either of them.
    """
    if not _VERSION.fullmatch(version):
        raise Malformed("a version is written 3.13.2")
    if not _INTEGRITY.fullmatch(integrity):
        raise Malformed("an integrity is written sha512- and 88 characters of base64")


def fetch_package(version: str, folder: Path) -> Path:
    """Have npm lay the package of a version down in an empty folder and return its path.

    Raises:
        Unavailable: there is no npm, or it could not get the package; what it says itself goes to stderr.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("npm is not installed: install Node.js, or give the package with --file")
    command = [npm, "pack", f"{PACKAGE}@{version}", "--ignore-scripts", "--silent", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command; the version was checked
            command,
            check=False,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=_PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable("npm did not get the package in a quarter of an hour") from None
    found = list(folder.glob("*.tgz"))
    if done.returncode or len(found) != 1:
        raise Unavailable(f"npm could not get {PACKAGE} {version}: try `npm pack {PACKAGE}@{version}` to see why")
    return found[0]


def check_integrity(archive: Path, integrity: str) -> None:
    """Refuse an archive that is not the one a digest belongs to.

    Raises:
        Refused: it is another.
    """
    digest = hashlib.sha512()
    with archive.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    found = "sha512-" + base64.b64encode(digest.digest()).decode("ascii")
    if not hmac.compare_digest(found, integrity):
        raise Refused("the package is not the one that its integrity belongs to; nothing was installed")
