"""A node between two pushes: nothing is doubled by a resend, and it logs as much as it is told to."""

import json

import pytest

from sample_studies import ct_series

pytestmark = [pytest.mark.foreign, pytest.mark.slow, pytest.mark.timeout(900)]


def test_200_slices_sent_twice_are_200_published_and_200_duplicates(live_node, push, tmp_path):
    files = ct_series(tmp_path / "series", count=200, rows=128)
    live_node.do("site", "set", "northfield", "--require-case", "no")
    for _ in range(2):
        sent = push("storescu", live_node.port("scp"), "NORTHFIELD", files)
        assert sent.returncode == 0, sent.stderr
    live_node.wait_idle()
    (study,) = live_node.cli("study", "list")
    assert (study["state"], study["instances"], study["quarantined"]) == ("published", 200, 0)
    shown = live_node.cli("study", "show", study["study_uid"])
    assert shown["dispositions"] == {"published": 200, "duplicate": 200}
    with live_node.http("integrator") as client:
        instances = client.get(f"/dicom-web/studies/{study['study_uid']}/instances", params={"limit": 1000}).json()
        items = client.get("/api/worklist").json()["items"]
    assert len({each["00080018"]["Value"][0] for each in instances}) == len(instances) == 200
    assert [item["study_uid"] for item in items] == [study["study_uid"]]
    assert live_node.rows("reading", "select count(*), count(distinct blob) from published_instance") == [(200, 200)]


def test_a_role_of_the_running_node_logs_as_much_as_it_is_told_to(live_node, push, tmp_path):
    (file,) = ct_series(tmp_path / "one", count=1, rows=16, seed=2)

    def said_at_a_visit():
        """Return the levels of what the door said while one was in; what is said is on disk before it answers."""
        log = live_node.home / "serve.err"
        before = log.stat().st_size
        assert push("storescu", live_node.port("scp"), "NORTHFIELD", [file]).returncode == 0
        lines = log.read_bytes()[before:].decode().splitlines()
        return {said["level"] for said in map(json.loads, lines) if said.get("door") == "cstore"}

    assert said_at_a_visit() == {"info"}
    shown = {each["role"]: each["level"] for each in live_node.cli("log", "warning", "--role", "scp")}
    assert (shown["scp"], shown["worker"]) == ("warning", "info")
    live_node.wait_until(lambda: said_at_a_visit() == set(), "the door is as quiet as it was told to be")
    live_node.do("log", "default")
    live_node.wait_until(lambda: said_at_a_visit() == {"info"}, "the door says as much as the settings say")
