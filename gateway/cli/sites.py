"""overread site add | list | show | set | remove."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from config.errors import Malformed
from config.identifiers import AETitle
from config.money import Money
from gateway.case_reports.countries import jurisdiction_of
from gateway.certificates import trusted_certificates
from gateway.cli.frame import ACTOR, json_option, print_rows, print_view, with_node
from gateway.cli.portal import brand
from gateway.cli.site_door import door
from gateway.letters import LANGUAGES
from gateway.node import Node
from gateway.observations import observed_of
from gateway.site_door import latest_visits
from gateway.sites import SiteChange, add_site, get_site, list_sites, remove_site, set_site, site_view

_TRUST = "PEM file of the certificates it is known by then, '' for those that the node trusts for its host."


@click.group()
def site() -> None:
    """Hospitals that send studies and get answers."""


def _change_options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = [
        click.option("--ae-title", "ae_titles", multiple=True, help="A calling AE title of the site; may be repeated."),
        click.option(
            "--hl7-facility",
            "hl7_facilities",
            multiple=True,
            help="FACILITY or 'APPLICATION|FACILITY' of its HL7 messages; may be repeated, '' for none.",
        ),
        click.option("--display-name", help="The name on pages and reports."),
        click.option("--rate", help="Flat rate a read in major units, such as 300."),
        click.option("--currency", help="ISO 4217 code (default: USD)."),
        click.option("--markup-percent", type=click.IntRange(0, 1000), help="Partner's mark-up on the invoice."),
        click.option("--country", help="ISO 3166 code of two letters."),
        click.option("--jurisdiction", help="Where patients live of whom no report tells it: US-MA, DE, '' for none."),
        click.option("--require-case", type=click.Choice(["yes", "no"]), help="Whether a study waits for its case."),
        click.option("--language", type=click.Choice(LANGUAGES), help="What the hospital is written to in."),
        click.option("--approve-reports", type=click.Choice(["yes", "no"]), help="Whether a person approves each one."),
        click.option(
            "--case-from-report", type=click.Choice(["yes", "no"]), help="Whether a report among images makes a case."
        ),
        click.option("--profile", help="The de-identification profile of its studies, '' for the node's."),
        click.option("--return-ae", help="AE title of the storage SCP that gets the answers."),
        click.option("--return-host", help="Its host."),
        click.option("--return-port", type=click.IntRange(1, 65535), help="Its port."),
        click.option("--return-tls", type=click.Choice(["yes", "no"]), help="Whether it is called over TLS."),
        click.option("--return-trust", help=_TRUST),
        click.option("--commitment-host", help="Where the site's AE titles take reports of storage commitment."),
        click.option("--commitment-port", type=click.IntRange(1, 65535), help="Its port."),
        click.option("--commitment-tls", type=click.Choice(["yes", "no"]), help="Whether it is called over TLS."),
        click.option("--commitment-trust", help=_TRUST),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@site.command("add")
@click.argument("name")
@_change_options
@json_option
@with_node
def add(node: Node, /, name: str, as_json: bool, **options: Any) -> None:
    """Add the site NAME."""
    if not options["ae_titles"]:
        raise Malformed("a site needs at least one --ae-title")
    print_view(add_site(node, name, _change(node, name, options), actor=ACTOR), as_json=as_json)


@site.command("set")
@click.argument("name")
@_change_options
@json_option
@with_node
def change(node: Node, /, name: str, as_json: bool, **options: Any) -> None:
    """Change the site NAME; AE titles given replace those it has."""
    print_view(set_site(node, name, _change(node, name, options), actor=ACTOR), as_json=as_json)


@site.command("list")
@json_option
@with_node
def list_(node: Node, as_json: bool) -> None:
    """List the sites."""
    with node.identity.read() as session:
        rows = list_sites(session)
    columns = ("name", "display_name", "ae_titles", "country", "rate_minor", "currency", "require_case")
    print_rows(rows, columns, as_json=as_json, empty="no sites; `overread site add` adds one")


@site.command("show")
@click.argument("name")
@json_option
@with_node
def show(node: Node, name: str, as_json: bool) -> None:
    """Show the site NAME."""
    with node.identity.read() as session:
        view = site_view(session, get_site(session, name))
        view["observed"] = observed_of(session, name, node.clock())
    view["last_associations"] = latest_visits(node.settings, name, view["ae_titles"])
    print_view(view, as_json=as_json)


@site.command("remove")
@click.argument("name")
@with_node
def remove(node: Node, name: str) -> None:
    """Shut the doors to the site NAME; what it sent and owes stays."""
    remove_site(node, name, actor=ACTOR)
    click.echo(f"{name} may no longer send")


def _change(node: Node, name: str, options: dict[str, Any]) -> SiteChange:
    titles = tuple(AETitle(title) for title in options["ae_titles"])
    return SiteChange(
        ae_titles=titles or None,
        display_name=options["display_name"],
        country=options["country"].upper() if options["country"] else None,
        jurisdiction=_jurisdiction(options["jurisdiction"]),
        rate=_rate(node, name, options["rate"], options["currency"]),
        markup_percent=options["markup_percent"],
        require_case=_yes(options["require_case"]),
        return_ae=AETitle(options["return_ae"]) if options["return_ae"] else None,
        return_host=options["return_host"],
        return_port=options["return_port"],
        commitment_host=options["commitment_host"],
        commitment_port=options["commitment_port"],
        return_tls=_yes(options["return_tls"]),
        return_trust=_trust(options["return_trust"]),
        commitment_tls=_yes(options["commitment_tls"]),
        commitment_trust=_trust(options["commitment_trust"]),
        language=options["language"],
        hl7_facilities=tuple(filter(None, facilities)) if (facilities := options["hl7_facilities"]) else None,
        approve_reports=_yes(options["approve_reports"]),
        case_from_report=_yes(options["case_from_report"]),
        profile=_profile(node, options["profile"]),
    )


def _jurisdiction(told: str | None) -> str | None:
    found = jurisdiction_of(told) if told else told
    if told and not found:
        raise Malformed("a jurisdiction is an ISO 3166 code such as US-MA or DE")
    return found


def _yes(word: str | None) -> bool | None:
    return None if word is None else word == "yes"


def _profile(node: Node, name: str | None) -> str | None:
    return node.profile_of(name).name if name else name


def _trust(path: str | None) -> str | None:
    return trusted_certificates(Path(path)) if path else path


def _rate(node: Node, name: str, rate: str | None, currency: str | None) -> Money | None:
    if rate is None and currency is None:
        return None
    billing = node.settings.billing
    if rate is not None:
        return Money.parse(rate, (currency or _present_currency(node, name) or billing.currency).upper())
    raise Malformed(f"a new currency needs its rate: --rate {billing.rate} --currency {currency}")


def _present_currency(node: Node, name: str) -> str | None:
    with node.identity.read() as session:
        return next((row["currency"] for row in list_sites(session) if row["name"] == name), None)


site.add_command(brand)
site.add_command(door)

COMMANDS = (site,)
