"""Install, show and remove OHIF in a home.

What is pinned was looked at with this version of the node; another version needs its digest from whoever wants it.
Everything is laid down under a temporary name first; the list that is served from comes last.
"""

import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any

from config.clock import Clock
from config.errors import Malformed, NotFound
from config.settings import Settings
from gateway.viewer.package import check_integrity, check_names, fetch_package
from gateway.viewer.unpacking import unpack
from viewer_api.ohif.installation import LIST_NAME, InstalledViewer, read_installed, write_installed

DEFAULT_VERSION = "3.13.2"
PINNED = {
    "3.13.2": "sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==",
}
"""The digest of each version that was tried, as npm writes it (Subresource Integrity)."""


def install_viewer(
    settings: Settings,
    clock: Clock,
    *,
    version: str = DEFAULT_VERSION,
    integrity: str | None = None,
    archive: Path | None = None,
) -> dict[str, Any]:
    """Install a version, from npm or from an archive at hand, in place of the one before; return what is installed.

    Raises:
        Malformed: a version without a known digest, or a package that is not built as this node can serve it.
        Refused: the package is not the one that its digest belongs to.
        Unavailable: npm is missing or could not get it.
    """
    known = integrity or PINNED.get(version)
    if known is None:
        tried = ", ".join(PINNED)
        raise Malformed(f"version {version} was not tried with this node ({tried} was): give its digest by --integrity")
    check_names(version, known)
    home = settings.viewers
    home.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=home) as name:
        fetched = archive or fetch_package(version, Path(name))
        check_integrity(fetched, known)
        viewer = _lay_down(home, clock, version, known, fetched, Path(name) / "files")
    write_installed(home, viewer)
    _sweep(home, viewer.folder)
    return viewer_view(settings)


def viewer_view(settings: Settings) -> dict[str, Any]:
    """Return what is installed.

    Raises:
        NotFound: nothing is.
    """
    viewer = read_installed(settings.viewers)
    if viewer is None:
        raise NotFound("no viewer is installed; the built-in one needs none")
    return {
        "viewer": "OHIF",
        "version": viewer.version,
        "integrity": viewer.integrity,
        "files": len(viewer.files),
        "bytes": viewer.bytes,
        "installed_at": viewer.installed_at,
        "path": "/ohif/",
    }


def remove_viewer(settings: Settings) -> None:
    """Remove what is installed; nothing installed is no error."""
    home = settings.viewers
    (home / LIST_NAME).unlink(missing_ok=True)
    if home.is_dir():
        _sweep(home, None)


def _lay_down(
    home: Path, clock: Clock, version: str, integrity: str, archive: Path, temporary: Path
) -> InstalledViewer:
    folder = f"{version}-{secrets.token_hex(6)}"
    unpacked = unpack(archive, temporary, folder)
    temporary.rename(home / folder)
    return InstalledViewer(
        version=version,
        integrity=integrity,
        folder=folder,
        script=unpacked.script,
        style=unpacked.style,
        bytes=unpacked.bytes,
        installed_at=clock().isoformat(),
        files=unpacked.files,
    )


def _sweep(home: Path, kept: str | None) -> None:
    """Remove every folder but the one that is served."""
    for folder in home.iterdir():
        if folder.is_dir() and folder.name != kept:
            shutil.rmtree(folder)
