"""OHIF as a guest: only the package that its digest belongs to, only plain files of it, whole or not at all."""

import base64
import gzip
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from config.errors import Malformed, NotFound, Refused, Unavailable
from gateway.viewer import PINNED, install_viewer, remove_viewer, viewer_view
from viewer_api.ohif import make_router
from worklist.access.log_ins import COOKIE, open_log_in
from worklist.access.readers import add_reader, reader_named
from worklist.pages import router as pages
from worklist.problems import install_problem_handlers

SCRIPT = "app.bundle.0123456789abcdef.js"
PAGE = f'<script defer src="/{SCRIPT}"></script><link href="/app.bundle.css" rel="stylesheet">'
LOADER = '// loader\n__webpack_require__.p = "/";\n' + "// filling\n" * 200
FILES = {
    "package/LICENSE": "MIT License",
    "package/package.json": "{}",
    "package/dist/index.html": PAGE,
    f"package/dist/{SCRIPT}": LOADER,
    "package/dist/app.bundle.css": "@font-face{src:url(/letters.woff2)}",
    "package/dist/letters.woff2": "letters",
    "package/dist/assets/logo.svg": "<svg/>",
    "package/dist/ort/model.wasm": "models",
    "package/dist/sw.js": "importScripts('https://elsewhere.example/')",
    "package/dist/app-config.js": "window.config = {}",
    "package/dist/silent.html": "<script>alert(1)</script>",
}


def write_package(path: Path, files: dict[str, str], *extra: tarfile.TarInfo) -> str:
    """Write a package as npm does and return its integrity."""
    with tarfile.open(path, "w:gz") as package:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            package.addfile(member, io.BytesIO(text.encode()))
        for member in extra:
            package.addfile(member)
    return "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


@pytest.fixture
def install(node, tmp_path) -> Callable[..., dict[str, object]]:
    def run(*extra: tarfile.TarInfo, version: str = "9.9.9", **changed: str) -> dict[str, object]:
        path = tmp_path / "package.tgz"
        integrity = write_package(path, FILES | changed, *extra)
        return install_viewer(node.settings, node.clock, version=version, integrity=integrity, archive=path)

    return run


@pytest.fixture
def client(node) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(make_router(node.room))
    app.include_router(pages.make_router(node.room))
    install_problem_handlers(app)
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.fixture
def reader(node, client) -> TestClient:
    """A client with the log-in of a reader."""
    with node.reading.write() as session:
        add_reader(session, node.clock, name="Dr Lumen", email="lumen@example.org")
        opened = open_log_in(session, node.clock, reader_named(session, "Dr Lumen").id, 1)
    client.cookies.set(COOKIE, opened.cookie)
    return client


def folder_of(node) -> Path:
    [folder] = (each for each in node.settings.viewers.iterdir() if each.is_dir())
    return folder


def test_only_what_is_served_is_unpacked_and_the_licence_stays_with_it(node, install):
    assert install()["version"] == "9.9.9"
    folder = folder_of(node)
    kept = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert kept == {"LICENSE", SCRIPT, f"{SCRIPT}.gz", "app.bundle.css", "letters.woff2", "assets/logo.svg"}
    assert viewer_view(node.settings)["files"] == 4


def test_another_package_than_the_digest_belongs_to_changes_nothing(node, install, tmp_path):
    install()
    before = viewer_view(node.settings)
    path = tmp_path / "other.tgz"
    write_package(path, FILES)
    with pytest.raises(Refused, match="nothing was installed"):
        install_viewer(node.settings, node.clock, version="3.13.2", archive=path)
    assert viewer_view(node.settings) == before
    assert len(list(node.settings.viewers.iterdir())) == 2


def test_a_version_nobody_tried_needs_its_digest(node):
    with pytest.raises(Malformed, match="--integrity"):
        install_viewer(node.settings, node.clock, version="1.0.0")
    with pytest.raises(Malformed, match="sha512-"):
        install_viewer(node.settings, node.clock, version="1.0.0", integrity="md5-x")
    with pytest.raises(Malformed, match=r"3\.13\.2"):
        install_viewer(node.settings, node.clock, version="; ls", integrity=next(iter(PINNED.values())))


def test_a_package_built_in_another_way_is_refused_whole(node, install):
    with pytest.raises(Malformed, match="not built"):
        install(**{f"package/dist/{SCRIPT}": "// no loader"})
    with pytest.raises(Malformed, match="not built"):
        install(**{"package/dist/index.html": "<html>"})
    with pytest.raises(NotFound):
        viewer_view(node.settings)
    assert list(node.settings.viewers.iterdir()) == []


def test_members_that_are_no_plain_files_are_left_out(node, install, tmp_path):
    link = tarfile.TarInfo("package/dist/link.js")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    names = (
        "package/dist/../../../escaped.js",
        "/package/dist/root.js",
        "package/dist/.hidden.js",
        "package/dist/a//b.js",
    )
    install(link, *(tarfile.TarInfo(name) for name in names))
    assert viewer_view(node.settings)["files"] == 4
    assert not list(tmp_path.rglob("escaped.js"))


def test_the_reader_gets_our_page_isolated_and_the_files_below_an_address_of_this_installation(node, install, reader):
    install()
    page = reader.get("/ohif/viewer?StudyInstanceUIDs=2.25.1")
    files = f"/ohif/files/{folder_of(node).name}/"
    assert f'src="{files}{SCRIPT}"' in page.text
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
    script = reader.get(f"{files}{SCRIPT}")
    assert f'__webpack_require__.p = "{files}";' in script.text
    assert script.headers["Content-Encoding"] == "gzip"
    assert "immutable" in script.headers["Cache-Control"]
    assert f"url({files}letters.woff2)" in reader.get(f"{files}app.bundle.css").text
    assert "dicom-web" in reader.get("/ohif/start.js").text


def test_who_takes_no_gzip_gets_the_same_file_plain(node, install, client):
    install()
    address = f"/ohif/files/{folder_of(node).name}/{SCRIPT}"
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.text == client.get(address).text
    assert gzip.decompress((folder_of(node) / f"{SCRIPT}.gz").read_bytes()) == plain.content


def test_only_listed_files_are_served(node, install, client):
    install()
    folder = folder_of(node).name
    for path in (
        "LICENSE",
        f"{SCRIPT}.gz",
        "../ohif.json",
        "%2e%2e/ohif.json",
        "..%2f..%2foverread.toml",
        "",
        "assets",
    ):
        assert client.get(f"/ohif/files/{folder}/{path}").status_code in {303, 404}, path
    assert client.get(f"/ohif/files/other/{SCRIPT}").status_code == 404


def test_a_stranger_comes_back_to_the_study_after_the_log_in(install, client):
    install()
    answer = client.get("/ohif/viewer?StudyInstanceUIDs=2.25.1")
    assert answer.status_code == 303
    assert 'value="/ohif/viewer?StudyInstanceUIDs=2.25.1"' in client.get(answer.headers["location"]).text
    elsewhere = client.get("/", params={"next": "/ohif/../evil"})
    assert "evil" not in elsewhere.text


def test_nothing_installed_is_said_and_offered_nowhere(node, install, reader):
    assert reader.get("/ohif/").status_code == 404
    assert "Open in OHIF" not in reader.get("/worklist/some-item").text
    install()
    assert "Open in OHIF" in reader.get("/worklist/some-item").text
    remove_viewer(node.settings)
    assert reader.get("/ohif/").status_code == 404
    assert list(node.settings.viewers.iterdir()) == []
    remove_viewer(node.settings)


def test_a_new_installation_takes_the_place_of_the_one_before(node, install, reader):
    install()
    first = folder_of(node).name
    install(version="9.9.10")
    assert viewer_view(node.settings)["version"] == "9.9.10"
    assert reader.get(f"/ohif/files/{first}/{SCRIPT}").status_code == 404


def test_npm_is_asked_for_one_archive_and_what_it_cannot_do_is_said(node, tmp_path, monkeypatch):
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(Unavailable, match="npm is not installed"):
        install_viewer(node.settings, node.clock)
    package = tmp_path / "prepared.tgz"
    integrity = write_package(package, FILES)
    npm = programs / "npm"
    sh, cp = shutil.which("sh", path=os.defpath), shutil.which("cp", path=os.defpath)
    npm.write_text(
        f'#!{sh}\n[ "$2" = @ohif/app@9.9.9 ] && [ "$3" = --ignore-scripts ] && {cp} {package} "$6/ohif.tgz"\n'
    )
    npm.chmod(0o755)
    assert install_viewer(node.settings, node.clock, version="9.9.9", integrity=integrity)["version"] == "9.9.9"
    with pytest.raises(Unavailable, match="could not get"):
        install_viewer(node.settings, node.clock, version="9.9.8", integrity=integrity)
    assert viewer_view(node.settings)["version"] == "9.9.9"
