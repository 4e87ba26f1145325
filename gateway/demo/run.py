"""Set the stage of the demo: samples, home, hospitals' mailbox and node, then tell the story."""

import os
import secrets
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from config.settings import TOML_NAME, Settings
from gateway.demo.hospital import running_hospital
from gateway.demo.story import Story
from gateway.home import make_home
from gateway.node import open_node
from gateway.sites import tell_the_doors
from gateway.supervisor import Supervisor
from sample_studies import Manifest, generate

READER = "demo-reader"

_SETTINGS = """\
# The settings of a throw-away node made by `overread demo`.
[dicom]
port = 0
reserve_bytes = 0

[http]
port = {http_port}

[settle]
quiet_seconds = 1.5

[returns]
retry_seconds = 2.0

[log]
level = "error"
"""


def run_demo(*, once: bool, home: Path | None, http_port: int) -> int:
    """Run the demo; return 0 when everything came out as it must."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    with _stage(home) as folder, _quiet_settings():
        console.rule("[bold]Overread: a study goes all the way")
        with console.status("generating the sample studies (no real patient in them)"):
            manifest = generate(folder / "samples")
        console.print(_generated(manifest))
        settings = _make_node(folder / "home", http_port)
        with running_hospital(folder / "hospital", settings.dicom.ae_title) as mailbox, open_node(settings) as node:
            password = "-".join(secrets.token_hex(2) for _ in range(3))
            story = Story(console, node, manifest, mailbox)
            story.enrol(reader=READER, password=password)
            tell_the_doors(node)
            supervisor = Supervisor(settings, said=console.print)
            supervisor.start()
            try:
                ports = supervisor.wait_ready()
                well = story.tell(dicom_port=ports["scp"], http_port=ports["http"])
                if not once:
                    _stay(console, supervisor, f"http://127.0.0.1:{ports['http']}/", password)
            finally:
                supervisor.stop()
    return 0 if well else 1


def _generated(manifest: Manifest) -> str:
    files = sum(len(study.files) for study in manifest.studies)
    counts = f"{len(manifest.studies)} sample studies with {files} objects, {len(manifest.cases)} case reports"
    return f"[green]✓[/] {counts}"


def _make_node(home: Path, http_port: int) -> Settings:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (home / TOML_NAME).exists():
        (home / TOML_NAME).write_text(_SETTINGS.format(http_port=http_port), encoding="utf-8")
    make_home(home)
    return Settings.load(home)


def _stay(console: Console, supervisor: Supervisor, url: str, password: str) -> None:
    console.rule("[bold]The node keeps running; Ctrl-C ends it and removes its home")
    console.print(f"  reading page  [bold cyan]{url}[/]")
    console.print(f"  log-in        [bold]{READER}[/]  password [bold]{password}[/]")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    supervisor.run(stop)
    console.print("stopped")


@contextmanager
def _stage(home: Path | None) -> Iterator[Path]:
    if home is not None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield home.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="overread-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _quiet_settings() -> Iterator[None]:
    """Keep a user's OVERREAD_* variables out of the demo: they belong to another node."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("OVERREAD_")}
    try:
        yield
    finally:
        os.environ.update(kept)
