"""overread coordinator add | password | activate | deactivate | list."""

import sys

import click
from sqlalchemy.orm import Session

from gateway import audit
from gateway.cli.frame import ACTOR, json_option, print_rows, print_view, with_node
from gateway.desk.coordinators import (
    add_coordinator,
    coordinator_named,
    coordinator_view,
    list_coordinators,
    set_coordinator_active,
    set_coordinator_password,
)
from gateway.node import Node


@click.group()
def coordinator() -> None:
    """People who match studies and cases at the desk."""


@coordinator.command("add")
@click.argument("name")
@click.option("--email", required=True)
@click.option("--password-stdin", is_flag=True, help="Read the password for the desk from standard input.")
@json_option
@with_node
def add(node: Node, name: str, email: str, password_stdin: bool, as_json: bool) -> None:
    """Add the coordinator NAME."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with node.identity.write() as session:
        number = add_coordinator(session, node.clock, name=name, email=email)
        if password is not None:
            set_coordinator_password(session, name=name, password=password)
        _note(node, session, "coordinator-added", number)
        view = coordinator_view(coordinator_named(session, name))
    print_view(view, as_json=as_json)


@coordinator.command("password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from standard input.")
@with_node
def password(node: Node, name: str, password_stdin: bool) -> None:
    """Set the password of the coordinator NAME."""
    with node.identity.write() as session:
        set_coordinator_password(session, name=name, password=sys.stdin.readline().rstrip("\r\n"))
        _note(node, session, "coordinator-password-set", coordinator_named(session, name).id)
    click.echo(f"the password of {name} is set")


@coordinator.command("activate")
@click.argument("name")
@with_node
def activate(node: Node, name: str) -> None:
    """Let the coordinator NAME in again."""
    _set_active(node, name, active=True)
    click.echo(f"{name} is let in")


@coordinator.command("deactivate")
@click.argument("name")
@with_node
def deactivate(node: Node, name: str) -> None:
    """Shut the coordinator NAME out: log-ins end at once."""
    _set_active(node, name, active=False)
    click.echo(f"{name} is shut out")


@coordinator.command("list")
@json_option
@with_node
def list_(node: Node, as_json: bool) -> None:
    """List the coordinators."""
    with node.identity.read() as session:
        rows = list_coordinators(session)
    columns = ("name", "email", "active", "has_password")
    print_rows(rows, columns, as_json=as_json, empty="no coordinators; `overread coordinator add` adds one")


def _set_active(node: Node, name: str, *, active: bool) -> None:
    with node.identity.write() as session:
        set_coordinator_active(session, name=name, active=active)
        action = "coordinator-activated" if active else "coordinator-deactivated"
        _note(node, session, action, coordinator_named(session, name).id)


def _note(node: Node, session: Session, action: str, number: int) -> None:
    audit.note(session, node.clock, actor=ACTOR, action=action, subject=f"coordinator {number}")


COMMANDS = (coordinator,)
