"""`overread attachment` finds attachments by case or delivery, shows their text and discards one for good."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from gateway.attachments.reading import read_waiting
from gateway.cli import cli

TEXT = b"Befund: kein Hinweis auf eine Blutung, die Ventrikel sind nicht erweitert."


@pytest.fixture
def attachment(node) -> Callable[..., Result]:
    def run(*words: str) -> Result:
        return CliRunner().invoke(cli, ["attachment", *words, "--home", str(node.settings.home)])

    return run


def test_an_attachment_is_listed_shown_and_discarded(gate, attachment):
    number = gate.case()
    gate.receive(TEXT, door="upload", path="Befund.txt", case_number=number)
    read_waiting(gate.node)
    for chosen in (("--case", number), ("--delivery", "1" * 32)):
        [listed] = json.loads(attachment("list", *chosen, "--json").output)
        assert (listed["id"], listed["kind"], listed["language"]) == (1, "text", "de")
    assert "Befund.txt" in attachment("list", "--case", number).output
    assert TEXT.decode() in attachment("show", "1").output
    assert json.loads(attachment("show", "1", "--json").output)["text"] == TEXT.decode()
    assert attachment("discard", "1").exit_code == 0
    assert json.loads(attachment("list", "--case", number, "--json").output) == []
    assert attachment("discard", "1").exit_code == 1


def test_a_list_needs_either_a_case_or_a_delivery(attachment):
    for words in ((), ("--case", "1", "--delivery", "2")):
        said = attachment("list", *words)
        assert said.exit_code == 2
        assert "either --case or --delivery" in said.output
