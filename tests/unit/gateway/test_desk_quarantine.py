"""The quarantine over the desk's API: shown, drawn on and decided by coordinators alone, each look and act audited."""

from io import BytesIO

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.unit.gateway.desk_app import make_app
from worklist.access.tokens import create_token

BURNED_IN = {"BurnedInAnnotation": "YES"}


@pytest.fixture
def client(gate):
    """Return a client without a token, and a maker of headers with one."""
    with TestClient(make_app(gate.node)) as opened:
        yield opened


@pytest.fixture
def bearing(gate):
    """Return headers that bear a token of a role."""

    def bear(role: str) -> dict[str, str]:
        with gate.node.reading.write() as session:
            return {"Authorization": f"Bearer {create_token(session, gate.node.clock, role=role, name=role)}"}

    return bear


@pytest.fixture
def quarantined(gate):
    """Quarantine one object of a matched study."""
    gate.case()
    gate.receive(gate.part10(**BURNED_IN))
    gate.run()
    return "/desk/api/quarantine/1"


def test_what_waits_is_told_without_an_identity_and_shown_with_it(gate, client, bearing, quarantined) -> None:
    desk = bearing("coordinator")
    listed = client.get("/desk/api/quarantine", headers=desk)
    assert [each["id"] for each in listed.json()["objects"]] == [1] and listed.json()["next"] is None
    view = client.get(quarantined, headers=desk)
    assert view.json()["image"] == {"columns": 16, "rows": 16, "frames": 1} and view.json()["may_clean"]
    assert "Planted" not in listed.text + view.text
    picture = client.get(f"{quarantined}/frames/1/picture", headers=desk)
    assert Image.open(BytesIO(picture.content)).size == (16, 16)
    assert picture.headers["cache-control"] == "no-store"
    assert ("quarantine-viewed", "object 1") in gate.audited()
    assert set(client.get(f"{quarantined}/frames/1/findings", headers=desk).json()) == {
        "rules", "by_rule", "like_text", "read",
    }  # fmt: skip
    assert client.get(f"{quarantined}/frames/2/picture", headers=desk).status_code == 404


def test_what_is_drawn_is_blacked_and_what_is_no_box_refused(gate, client, bearing, quarantined) -> None:
    desk = bearing("admin")
    for boxes in ([], [[0, 0, 0, 1]], [[0, 0, 1]], [[-1, 0, 1, 1]], "all", [[400, 0, 2, 2]]):
        assert client.post(f"{quarantined}/clean", json={"boxes": boxes}, headers=desk).status_code in {400, 422}
    assert gate.objects()[0].drawn is None
    assert client.post(f"{quarantined}/clean", json={"boxes": [[2, 3, 4, 5]]}, headers=desk).status_code == 204
    assert gate.objects()[0].drawn == [[2, 3, 4, 5]]
    assert client.post(f"{quarantined}/clean", json={"boxes": [[2, 3, 4, 5]]}, headers=desk).status_code == 404
    assert ("quarantine-cleaned", f"{gate.study().study_uid} object 1") in gate.audited()


def test_release_and_discard_are_audited_and_end_the_waiting(gate, client, bearing, quarantined) -> None:
    desk = bearing("coordinator")
    assert client.post(f"{quarantined}/release", headers=desk).status_code == 204
    assert gate.objects()[0].vouched
    gate.receive(gate.part10(2, **BURNED_IN))
    gate.run()
    assert client.post("/desk/api/quarantine/2/discard", headers=desk).status_code == 204
    assert gate.objects()[1].discarded_at is not None
    assert {"quarantine-released", "quarantine-discarded"} <= {action for action, _ in gate.audited()}


@pytest.mark.parametrize("role", ["integrator", None])
def test_nobody_else_sees_or_decides(gate, client, bearing, quarantined, role) -> None:
    headers = bearing(role) if role else {}
    for path in ("", "/frames/1/picture", "/frames/1/findings"):
        assert client.get(quarantined + path, headers=headers).status_code == (403 if role else 401)
    for does in ("clean", "release", "discard"):
        answer = client.post(f"{quarantined}/{does}", json={"boxes": [[0, 0, 1, 1]]}, headers=headers)
        assert answer.status_code == (403 if role else 401)
    assert gate.dispositions() == [("quarantined", "burned-in-annotation")]


def test_an_object_that_no_box_can_help_is_only_discarded_or_looked_at_again(gate, client, bearing) -> None:
    gate.case()
    gate.receive(gate.part10(SOPClassUID="1.2.840.10008.5.1.4.1.1.66"))
    gate.run()
    view = client.get("/desk/api/quarantine/1", headers=bearing("coordinator")).json()
    assert not view["may_clean"] and view["may_release"]


def test_a_study_s_list_is_its_own_and_goes_on_page_by_page(gate, client, bearing, quarantined) -> None:
    gate.receive(gate.part10(2, **BURNED_IN))
    gate.run()
    desk = bearing("coordinator")
    first = client.get("/desk/api/quarantine", params={"limit": 1}, headers=desk).json()
    assert [each["id"] for each in first["objects"]] == [1]
    later = client.get("/desk/api/quarantine", params={"after": first["next"]}, headers=desk).json()
    assert [each["id"] for each in later["objects"]] == [2]
    assert client.get("/desk/api/quarantine", params={"study": "2.25.1"}, headers=desk).json()["objects"] == []


def test_several_are_decided_by_one_request(gate, client, bearing, quarantined) -> None:
    for number in (2, 3):
        gate.receive(gate.part10(number, **BURNED_IN))
    gate.run()
    desk, at = bearing("coordinator"), "/desk/api/quarantine"
    assert client.get(f"{at}/1", headers=desk).json()["alike"] == [2, 3]
    for wrong in ({}, {"objects": []}, {"objects": [0]}, {"objects": "all"}, {"objects": [1], "more": 1}):
        assert client.post(f"{at}/release", json=wrong, headers=desk).status_code in {400, 422}
    assert client.post(f"{at}/release", json={"objects": [1, 7]}, headers=desk).status_code == 404
    other = {"objects": [1], "reason_code": "recognizable-visual-features"}
    assert client.post(f"{at}/release", json=other, headers=desk).status_code == 409
    assert client.post(f"{at}/1/release", json={"reason_code": "video"}, headers=desk).status_code == 409
    drawn = {"objects": [1, 2], "reason_code": "burned-in-annotation", "boxes": [[2, 3, 4, 5]]}
    assert client.post(f"{at}/clean", json=drawn, headers=desk).status_code == 204
    assert client.post(f"{at}/discard", json={"objects": [3]}, headers=desk).status_code == 204
    assert [each.drawn for each in gate.objects()] == [[[2, 3, 4, 5]], [[2, 3, 4, 5]], None]
    assert client.get(at, headers=desk).json()["objects"] == []
