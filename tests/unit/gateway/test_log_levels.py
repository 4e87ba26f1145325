"""How much is logged is set while the node runs: every process follows, the role's word before that of all."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.log import get_log
from config.settings import Settings
from gateway.cli import cli
from gateway.log_levels import follow_levels, forget_levels, level_of, read_levels, set_levels

PATIENCE = 60


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def follow(settings: Settings) -> Iterator[Callable[[str], None]]:
    """Return a follower of the levels in this process, which ends with the test."""
    stop, before = threading.Event(), set(threading.enumerate())
    yield lambda role: follow_levels(settings, role, stop)
    stop.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)


def logs(level: str) -> bool:
    return bool(get_log().is_enabled_for({"debug": 10, "info": 20, "warning": 30, "error": 40}[level]))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


def test_a_running_process_follows_without_a_restart(settings: Settings, follow) -> None:
    follow("worker")
    assert logs("info")
    assert not logs("debug")
    set_levels(settings, "debug", ())
    wait_until(lambda: logs("debug"))
    set_levels(settings, "error", ("worker",))
    wait_until(lambda: not logs("warning"))
    set_levels(settings, None, ())
    wait_until(lambda: logs("info") and not logs("debug"))


def test_a_process_that_is_started_later_begins_at_the_level_that_was_set(settings: Settings, follow) -> None:
    set_levels(settings, "debug", ("scp",))
    follow("scp")
    assert logs("debug")
    follow("http")
    assert not logs("debug")


def test_identities_stay_out_at_every_level(settings: Settings, follow, capsys) -> None:
    set_levels(settings, "debug", ())
    follow("worker")
    get_log().debug("object looked at", patient_name="Planted^Identity", count=1)
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["count"], said["level"], said["dropped"]) == (1, "debug", ["patient_name"])


def test_the_word_for_a_role_goes_before_the_word_for_all(settings: Settings) -> None:
    set_levels(settings, "warning", ())
    set_levels(settings, "debug", ("scp", "hl7"))
    assert [level_of(settings, role) for role in ("scp", "hl7", "http")] == ["debug", "debug", "warning"]
    set_levels(settings, None, ("scp",))
    assert level_of(settings, "scp") == "warning"
    set_levels(settings, "error", ())
    assert read_levels(settings.home) == {"all": "error"}
    forget_levels(settings.home)
    assert level_of(settings, "hl7") == "info"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"all": "loud"}'])
def test_a_file_that_makes_no_sense_changes_nothing(settings: Settings, text: str) -> None:
    (settings.home / "run").mkdir()
    (settings.home / "run" / "log-levels").write_text(text)
    assert level_of(settings, "scp") == "info"


def test_the_command_shows_and_sets(tmp_path: Path) -> None:
    def run(*words: str) -> dict[str, str]:
        done = CliRunner().invoke(cli, ["log", *words, "--json", "--home", str(tmp_path)], standalone_mode=False)
        assert done.exit_code == 0, done.output
        return {each["role"]: each["level"] for each in json.loads(done.output)}

    assert set(run().values()) == {"info"}
    said = run("debug", "--role", "scp")
    assert (said["scp"], said["http"]) == ("debug", "info")
    assert set(run("warning").values()) == {"warning"}
    assert set(run("default").values()) == {"info"}
