"""overread receipt list | show | key | verify."""

import sys
from pathlib import Path

import click

from config.errors import Misconfigured
from config.keys import RECEIPT_PUBLIC
from config.settings import home_folder
from gateway.cli.frame import ACTOR, json_option, print_json, print_rows, with_home, with_node
from gateway.letters import LANGUAGES
from gateway.node import Node
from gateway.receipts import FORMS, check_receipt, issue_receipt, list_deliveries
from gateway.receipts.jws import public_key


@click.group()
def receipt() -> None:
    """What a delivery brought and what became of it, signed."""


@receipt.command("list")
@click.option("--site")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
@with_node
def list_(node: Node, site: str | None, limit: int, as_json: bool) -> None:
    """List the latest deliveries."""
    with node.identity.read() as session:
        rows = list_deliveries(node, session, site=site, limit=limit)["deliveries"]
    if not as_json:
        rows = [row | {"counts": ", ".join(f"{n} {name}" for name, n in row["counts"].items())} for row in rows]
    columns = ("delivery", "site", "door", "case_number", "opened_at", "state", "counts")
    print_rows(rows, columns, as_json=as_json, empty="no deliveries yet")


@receipt.command("show")
@click.argument("delivery", metavar="DELIVERY")
@click.option("--format", "form", type=click.Choice(list(FORMS)), default="json", show_default=True)
@click.option("--language", type=click.Choice(LANGUAGES), help="Of a PDF (default: that of the site).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
@with_node
def show(node: Node, delivery: str, form: str, language: str | None, out: Path | None) -> None:
    """Issue a receipt of DELIVERY as things stand now."""
    chosen = next(each for each in FORMS if each == form)
    content = issue_receipt(node, delivery, chosen, actor=ACTOR, language=language)
    if out is None:
        sys.stdout.buffer.write(content)
        return
    out.write_bytes(content)
    click.echo(f"{out}: {len(content)} bytes")


@receipt.command("key")
@with_home
def key(home: Path | None) -> None:
    """Print the public key that checks this node's receipts (JWK); hand it to whom you send receipts."""
    click.echo(_public_file(home).decode("ascii").strip())


@receipt.command("verify")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The public key of the node that signed (default: that of this home).",
)
@json_option
@with_home
def verify(home: Path | None, file: Path, key_file: Path | None, as_json: bool) -> None:
    """Check a receipt in any form and say what was signed; no node is needed where --key names a key."""
    public = public_key(key_file.read_bytes() if key_file else _public_file(home))
    claims = check_receipt(file.read_bytes(), public)
    if as_json:
        print_json(claims)
        return
    counts = ", ".join(f"{count} {name}" for name, count in claims.get("counts", {}).items())
    click.echo(f"the signature holds: {claims.get('iss')}, {claims.get('issued_at')}")
    click.echo(f"delivery {claims.get('delivery')} of {claims.get('site')}: {claims.get('state')}, {counts or 'empty'}")
    for study in claims.get("studies", []):
        click.echo(f"study {study['study_instance_uid']}: {len(study['instances'])} instance(s)")


def _public_file(home: Path | None) -> bytes:
    path = home_folder(home) / "keys" / RECEIPT_PUBLIC
    if not path.is_file():
        raise Misconfigured(f"keys/{RECEIPT_PUBLIC} is missing: run `overread init`, or name a key with --key")
    return path.read_bytes()


COMMANDS = (receipt,)
