"""Nothing is doubled by a resend: 200 slices, and the same 200 again."""

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
