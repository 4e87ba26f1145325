"""overread init | serve | demo | config | doctor | backup | restore | db."""

import signal
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click
from rich.markup import escape

from config.blobs import blob_folder
from config.database import parse_database_url, presentable_url
from config.errors import Misconfigured, Unavailable
from config.log import configure_log
from config.settings import Settings, home_folder
from gateway.cli.frame import console, json_option, node_of, print_json, with_home
from gateway.profiles import node_profile
from gateway.roles import OPTIONAL_ROLES, ROLES


@click.command()
@with_home
def init(home: Path | None) -> None:
    """Make a node's home: keys, databases, overread.toml. Safe to repeat."""
    from gateway.home import make_home

    folder = home_folder(home)
    for line in make_home(folder) or ["everything is there already"]:
        click.echo(line)
    click.echo("next: overread site add NAME --ae-title AE, then overread serve")


@click.command()
@click.option("--role", type=click.Choice(["all", *ROLES, *OPTIONAL_ROLES]), default="all", show_default=True)
@with_home
def serve(home: Path | None, role: str) -> None:
    """Run the node until SIGTERM or Ctrl-C."""
    settings = Settings.load(home)
    configure_log(settings.log.level, settings.log.format)
    if role != "all":
        from gateway.roles import run_role

        run_role(settings, next(each for each in (*ROLES, *OPTIONAL_ROLES) if each == role))
        return
    _supervise(settings)


def _supervise(settings: Settings) -> None:
    from gateway.home import databases_current
    from gateway.log_levels import SUPERVISOR, follow_levels, forget_levels
    from gateway.sites import tell_the_doors
    from gateway.supervisor import Supervisor

    with node_of(settings.home) as node:
        if not databases_current(settings):
            raise Misconfigured("the databases are behind this version: run `overread db upgrade`")
        tell_the_doors(node)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    forget_levels(settings.home)
    follow_levels(settings, SUPERVISOR, stop)
    supervisor = Supervisor(settings, said=lambda line: click.echo(line, err=True))
    supervisor.start()
    try:
        ports = supervisor.wait_ready(stop=stop)
    except TimeoutError as error:
        supervisor.stop()
        raise Unavailable(f"{error}; the log above says why") from None
    dicom, http = settings.dicom, settings.http
    click.echo(f"DICOM  {dicom.ae_title} at {dicom.host} port {ports.get('scp', 0)}")
    click.echo(f"HTTP   http://{http.host}:{ports.get('http', 0)}/")
    if "hl7" in ports:
        tls = " with TLS" if settings.hl7.tls_certificate else ""
        click.echo(f"HL7    MLLP{tls} at {settings.hl7.host} port {ports['hl7']}")
    supervisor.run(stop)


@click.command()
@click.option("--once", is_flag=True, help="Exit with a summary instead of running on.")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Keep the home there.")
@click.option("--http-port", type=click.IntRange(0, 65535), default=0, help="Where the pages are (0: a free port).")
def demo(once: bool, home: Path | None, http_port: int) -> None:
    """Run the whole way on sample studies: push, de-identify, match, read, return, bill."""
    from gateway.demo import run_demo

    code = run_demo(once=once, home=home, http_port=http_port)
    if code:
        raise SystemExit(code)


@click.group()
def config() -> None:
    """The settings in force."""


@config.command("show")
@json_option
@with_home
def config_show(home: Path | None, as_json: bool) -> None:
    """Show every setting with its value in force; passwords in database URLs are masked."""
    values = Settings.load(home).model_dump(mode="json")
    for store in ("identity", "reading"):
        if (url := values[store]["database_url"]) is not None:
            values[store]["database_url"] = presentable_url(url)
    if as_json:
        print_json(values)
        return
    for section, table in values.items():
        if isinstance(table, dict):
            click.echo(f"[{section}]")
            for key, value in table.items():
                click.echo(f"{key} = {value}")


@config.command("check")
@with_home
def config_check(home: Path | None) -> None:
    """Check overread.toml and the environment; nothing is opened or made."""
    settings = Settings.load(home)
    node_profile(settings.deidentify.profile, settings.home)
    _check_addresses(settings)
    click.echo(f"the settings of {settings.home} are well")


def _check_addresses(settings: Settings) -> None:
    checks: tuple[tuple[str, str, Callable[[str], object]], ...] = (
        ("identity.database_url", settings.identity_url, parse_database_url),
        ("reading.database_url", settings.reading_url, parse_database_url),
        ("vault.url", settings.vault_url, blob_folder),
        ("published.url", settings.published_url, blob_folder),
    )
    for key, url, check in checks:
        try:
            check(url)
        except Misconfigured as error:
            raise Misconfigured(f"the setting {key}: {error}") from None


@click.command()
@json_option
@with_home
def doctor(home: Path | None, as_json: bool) -> None:
    """Look the node over and say what to do about what is wrong."""
    from gateway.doctor import examine

    found = examine(Settings.load(home))
    if as_json:
        print_json([asdict(each) for each in found])
    else:
        out = console()
        for each in found:
            mark = "[green]well[/]" if each.well else "[red]ill [/]"
            said = each.finding if each.well else f"{each.finding}  →  {each.advice}"
            out.print(f"{mark}  {each.what:12} {escape(said)}", highlight=False)
    if not all(each.well for each in found):
        raise SystemExit(1)


@click.command()
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@with_home
def backup(home: Path | None, target: Path) -> None:
    """Copy the node, keys included, into the new folder DIR while it runs."""
    from gateway.backup import back_up

    back_up(Settings.load(home), target)
    click.echo(f"backed up into {target}; it holds the keys: keep it as safe as the node")


@click.command()
@click.argument("source", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@with_home
def restore(home: Path | None, source: Path) -> None:
    """Restore a backup DIR into a new home."""
    from gateway.backup import restore as restore_backup

    restore_backup(home_folder(home), source)
    click.echo(f"restored into {home_folder(home)}")


@click.group()
def db() -> None:
    """The databases."""


@db.command("upgrade")
@with_home
def upgrade(home: Path | None) -> None:
    """Bring both databases to this version's schema."""
    from gateway.home import upgrade_databases

    changed = upgrade_databases(Settings.load(home))
    click.echo(f"upgraded: {', '.join(changed)}" if changed else "the databases are at this version's schema")


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it here instead of to stdout.")
@click.option("--ihe", is_flag=True, help="The IHE integration statement instead: which profiles and actors are met.")
@with_home
def conformance(home: Path | None, out: Path | None, ihe: bool) -> None:
    """Print the DICOM Conformance Statement of this node (PS3.2), in Markdown."""
    from gateway.conformance import conformance_statement, integration_statement

    text = (integration_statement if ihe else conformance_statement)(Settings.load(home))
    if out is None:
        click.echo(text)
    else:
        out.write_text(text, encoding="utf-8")
        click.echo(f"written to {out}")


COMMANDS = (init, serve, demo, config, doctor, conformance, backup, restore, db)
