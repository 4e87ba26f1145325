"""What the documents say can be checked is checked: links lead somewhere, commands exist, tables are the code's."""

import re
import shlex
from pathlib import Path

import click
import pytest

from gateway.cli import cli
from gateway.pipeline.stages import STAGES
from worklist.states import TRANSITIONS

LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")
FENCED = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(overread [^`]+)`")
ROW = re.compile(r"^\| (.+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def documents(checkout: Path) -> dict[Path, str]:
    """Return the documents of the checkout."""
    paths = [*checkout.glob("*.md"), *(checkout / "docs").glob("*.md")]
    return {path: path.read_text(encoding="utf-8") for path in paths}


def commands_in(text: str) -> list[list[str]]:
    """Return every call of the command line in a document as its words."""
    fenced = "\n".join(FENCED.findall(text)).replace("\\\n", " ")
    lines = [line.split("#")[0].removeprefix("$ ") for line in fenced.splitlines()]
    shown = [part for line in lines for part in re.split(r"[|>&]", line) if part.strip().startswith("overread ")]
    return [shlex.split(call.replace("'", "")) for call in [*shown, *INLINE.findall(text)]]


def refusal(words: list[str]) -> str | None:
    """Return why a call cannot be one of the command line, None when it can."""
    command: click.Command = cli
    for word in words[1:]:
        if isinstance(command, click.Group) and not word.startswith("-"):
            found = command.get_command(click.Context(command), word)
            if found is None:
                return f"{' '.join(words)}: there is no command {word!r}"
            command = found
        elif word.startswith("--"):
            known = {name for parameter in command.params for name in parameter.opts} | {"--help", "--version"}
            if word not in known:
                return f"{' '.join(words)}: there is no option {word!r}"
    return None


def test_every_link_leads_to_a_file(documents: dict[Path, str]) -> None:
    dangling = [
        f"{path.name}: {target}"
        for path, text in documents.items()
        for target in LINK.findall(text)
        if not (path.parent / target).exists()
    ]
    assert len(documents) >= 8
    assert dangling == []


def test_every_command_shown_exists(documents: dict[Path, str]) -> None:
    calls = [words for text in documents.values() for words in commands_in(text)]
    assert len(calls) > 40
    assert [said for words in calls if (said := refusal(words)) is not None] == []


def test_a_command_that_does_not_exist_would_be_seen() -> None:
    (words,) = commands_in("```\n$ overread site ad north --ae-title \\\n  N   # adds it\n```\n")
    assert words == ["overread", "site", "ad", "north", "--ae-title", "N"]
    assert refusal(words) == "overread site ad north --ae-title N: there is no command 'ad'"
    assert refusal(["overread", "site", "add", "north", "--ae"]) is not None


def test_every_command_is_documented(checkout: Path) -> None:
    text = (checkout / "docs" / "interfaces.md").read_text(encoding="utf-8")
    context = click.Context(cli)
    undocumented = [
        f"{name} {sub}".strip()
        for name, command in ((name, cli.get_command(context, name)) for name in cli.list_commands(context))
        for sub in (command.commands if isinstance(command, click.Group) else [""])
        if not re.search(rf"^\| .*`overread {name}\b.*{sub}", text, re.MULTILINE)
    ]
    assert undocumented == []


def test_the_table_of_states_is_the_one_in_force(checkout: Path) -> None:
    text = (checkout / "docs" / "architecture.md").read_text(encoding="utf-8")
    _, _, section = text.partition("## States")
    section, _, _ = section.partition("## Errors")
    rows = [tuple(row.split(" | ")) for row in ROW.findall(section)]
    assert rows[0] == ("state", "event", "next state")
    assert set(rows[1:]) - {("---|---|---",)} == {
        (state, event, after) for state, events in TRANSITIONS.items() for event, after in events.items()
    }


def test_the_table_of_stages_has_them_in_their_order(checkout: Path) -> None:
    text = (checkout / "docs" / "architecture.md").read_text(encoding="utf-8")
    _, _, section = text.partition("## The pipeline")
    section, _, _ = section.partition("## States")
    names = [row.split(" | ")[0] for row in ROW.findall(section)]
    assert names[1:] == [stage.name for stage in STAGES]


def test_the_readme_begins_with_two_commands(checkout: Path) -> None:
    first, *_ = FENCED.findall((checkout / "README.md").read_text(encoding="utf-8"))
    assert first.splitlines() == ["make demo", "make test"]
