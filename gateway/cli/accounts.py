"""overread reader add | password | activate | deactivate | license | list | show; token create | list | revoke."""

import sys
from dataclasses import asdict
from datetime import datetime

import click

from gateway.cli.frame import ACTOR, json_option, print_rows, print_view, with_node
from gateway.node import Node
from gateway.sites import tell_the_doors
from worklist.access.readers import add_licence, add_reader, list_readers, reader_named, set_active, set_password
from worklist.access.tokens import ROLES, create_token, list_tokens, revoke_token
from worklist.audit import record


@click.group()
def reader() -> None:
    """Radiologists who read here."""


@reader.command("add")
@click.argument("name")
@click.option("--email", required=True)
@click.option("--specialty", help="Such as neuro, chest, msk.")
@click.option("--password-stdin", is_flag=True, help="Read the password for the pages from standard input.")
@json_option
@with_node
def add(node: Node, name: str, email: str, specialty: str | None, password_stdin: bool, as_json: bool) -> None:
    """Add the reader NAME."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with node.reading.write() as session:
        add_reader(session, node.clock, name=name, email=email, specialty=specialty)
        if password is not None:
            set_password(session, name=name, password=password)
        record(session, node.clock, actor=ACTOR, action="reader-added", subject=name)
        view = asdict(next(each for each in list_readers(session) if each.name == name.strip()))
    print_view(view, as_json=as_json)


@reader.command("password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from standard input.")
@with_node
def password(node: Node, name: str, password_stdin: bool) -> None:
    """Set the password of the reader NAME."""
    with node.reading.write() as session:
        set_password(session, name=name, password=sys.stdin.readline().rstrip("\r\n"))
        record(session, node.clock, actor=ACTOR, action="password-set", subject=name)
    click.echo(f"the password of {name} is set")


@reader.command("activate")
@click.argument("name")
@with_node
def activate(node: Node, name: str) -> None:
    """Let the reader NAME in again; their tokens work as before."""
    with node.reading.write() as session:
        set_active(session, name=name, active=True)
        record(session, node.clock, actor=ACTOR, action="reader-activated", subject=name)
    tell_the_doors(node)
    click.echo(f"{name} is let in")


@reader.command("deactivate")
@click.argument("name")
@with_node
def deactivate(node: Node, name: str) -> None:
    """Shut the reader NAME out: log-ins end, tokens and workstations rest until `activate`."""
    with node.reading.write() as session:
        set_active(session, name=name, active=False)
        record(session, node.clock, actor=ACTOR, action="reader-deactivated", subject=name)
    tell_the_doors(node)
    click.echo(f"{name} is shut out")


@reader.group("license")
def licence() -> None:
    """Licences to practise."""


@licence.command("add")
@click.argument("name")
@click.option("--jurisdiction", required=True, help="ISO 3166 code such as US-MA or DE.")
@click.option("--expires", required=True, type=click.DateTime(["%Y-%m-%d"]))
@with_node
def licence_add(node: Node, name: str, jurisdiction: str, expires: datetime) -> None:
    """Record a licence of the reader NAME."""
    with node.reading.write() as session:
        code = add_licence(session, name=name, jurisdiction=jurisdiction, expires=expires.date())
        record(session, node.clock, actor=ACTOR, action="licence-added", subject=name)
    click.echo(f"{name} is licensed in {code} until {expires.date()}")


@reader.command("list")
@json_option
@with_node
def list_(node: Node, as_json: bool) -> None:
    """List the readers."""
    with node.reading.read() as session:
        rows = [asdict(each) for each in list_readers(session)]
    columns = ("name", "email", "specialty", "active", "has_password")
    print_rows(rows, columns, as_json=as_json, empty="no readers; `overread reader add` adds one")


@reader.command("show")
@click.argument("name")
@json_option
@with_node
def show(node: Node, name: str, as_json: bool) -> None:
    """Show the reader NAME with their licences."""
    with node.reading.read() as session:
        number = reader_named(session, name).id
        view = asdict(next(each for each in list_readers(session) if each.id == number))
    print_view(view, as_json=as_json)


@click.group()
def token() -> None:
    """Bearer tokens for the HTTP interfaces."""


@token.command("create")
@click.option("--role", required=True, type=click.Choice(sorted(ROLES)))
@click.option("--name", required=True, help="Who holds it; for the role reader the reader's name.")
@with_node
def create(node: Node, role: str, name: str) -> None:
    """Create a token and print it, once."""
    with node.reading.write() as session:
        secret = create_token(session, node.clock, role=role, name=name)
    click.echo(secret)


@token.command("list")
@json_option
@with_node
def token_list(node: Node, as_json: bool) -> None:
    """List the tokens, without their secrets."""
    with node.reading.read() as session:
        rows = [asdict(each) for each in list_tokens(session)]
    print_rows(rows, ("id", "name", "role", "created_at", "revoked_at"), as_json=as_json, empty="no tokens")


@token.command("revoke")
@click.argument("number", type=int)
@with_node
def revoke(node: Node, number: int) -> None:
    """Revoke the token NUMBER."""
    with node.reading.write() as session:
        revoke_token(session, node.clock, number)
    click.echo(f"token {number} is revoked")


COMMANDS = (reader, token)
