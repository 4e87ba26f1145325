"""The whole way, gone once by outsiders on sample studies: DCMTK pushes, a zip comes by HTTP, reads are signed."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sample_studies import SITES, Manifest, SampleStudy, generate

SENDERS = {"northfield": "dcmsend", "lindenberg": "storescu", "jinlanhu": "dcmsend"}
READS: dict[str, dict[str, Any]] = {
    "ct-head": {
        "findings": "Rounded hyperdense focus in the right frontal lobe, 12 x 14 mm.",
        "impression": "Small acute intraparenchymal haemorrhage; no surgical target.",
        "recommendation": "MRI within 48 hours.",
        "agreement": "minor",
        "radpeer": "2a",
    },
    "mr-brain": {
        "findings": "Mehrere periventrikuläre Läsionen, größte 9 mm; keine Schrankenstörung beurteilbar.",
        "impression": "Räumliche Dissemination gesichert.",
        "recommendation": "Ergänzend Rückenmark.",
        "agreement": "agree",
        "radpeer": "1",
    },
    "ct-chest": {
        "findings": "右上肺实性结节,直径约11毫米,边缘毛刺。",
        "impression": "恶性可能性大。",
        "recommendation": "建议PET-CT检查。",
        "agreement": "major",
        "radpeer": "3a",
    },
}


@dataclass(frozen=True)
class Told:
    """What the outsiders know afterwards: the node, the samples, the hospital's mailbox and what they were answered."""

    node: Any
    hospital: Any
    manifest: Manifest
    before: dict[str, dict[str, Any]]
    study_uids: dict[str, str]
    upload: dict[str, Any]
    items: list[dict[str, Any]]
    reads: dict[str, dict[str, Any]]

    def sample(self, slug: str) -> SampleStudy:
        """Return a sample study."""
        return self.manifest.study(slug)

    def study(self, slug: str) -> dict[str, Any]:
        """Return what the node says of a sample study now."""
        shown: dict[str, Any] = self.node.cli("study", "show", self.study_uids[slug])
        return shown


@pytest.fixture(scope="package")
def told(start_node, hospital, push, tmp_path_factory) -> Iterator[Told]:
    """Go the whole way once; the node runs on for those who look at what it kept, and no longer."""
    manifest = generate(tmp_path_factory.mktemp("samples"), small=True)
    node = start_node()
    cases = _file_cases(node, manifest)
    _push_all(node, manifest, push)
    upload = _upload(node, manifest)
    node.wait_idle()
    before = {study["study_uid"]: study for study in node.cli("study", "list")}
    _decide(node, before.values())
    node.wait_idle()
    study_uids = _by_slug(node.cli("study", "list"), cases)
    with node.http("reader") as reader:
        items = reader.get("/api/worklist", params={"limit": 100}).raise_for_status().json()["items"]
        reads = {slug: _sign(reader, items, study_uids[slug], draft) for slug, draft in READS.items()}
    for slug in READS:
        uid = manifest.study(slug).study_instance_uid
        node.wait_until(lambda uid=uid: len(hospital.received(uid)) >= 2, f"the answer on {slug} arrives")
    node.wait_until(lambda: _returned(node) == len(READS), "every answer is recorded as sent")
    yield Told(node, hospital, manifest, before, study_uids, upload, items, reads)
    node.end()


def _file_cases(node, manifest: Manifest) -> dict[str, str]:
    """File the case reports by the command line and return the slug of each case number."""
    slugs = {}
    for site in SITES:
        files = [str(study.case) for study in manifest.studies if study.case and study.site == site.name]
        for filed in node.cli("case", "import", *files, "--site", site.name):
            slugs[filed["case_number"]] = Path(filed["file"]).stem
    return slugs


def _push_all(node, manifest: Manifest, push) -> None:
    for site in SITES:
        files = [
            path
            for study in manifest.studies
            if study.site == site.name and study.door == "cstore"
            for path in study.files
        ]
        sent = push(SENDERS[site.name], node.port("scp"), site.ae_title, files, "-v")
        assert sent.returncode == 0, sent.stdout + sent.stderr


def _upload(node, manifest: Manifest) -> dict[str, Any]:
    sample = manifest.study("mr-brain")
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (*sample.files, *sample.extra_files):
            archive.write(path, path.relative_to(sample.folder).as_posix())
    with node.http("coordinator") as coordinator:
        answer = coordinator.post("/intake/uploads", params={"site": sample.site}, content=bundle.getvalue())
        assert answer.status_code == 202, answer.text
        address = f"/intake/uploads/{answer.json()['upload_id']}"
        node.wait_until(lambda: coordinator.get(address).json()["state"] in {"done", "failed"}, "the upload is done")
        report: dict[str, Any] = coordinator.get(address).json()
    return report


def _decide(node, studies) -> None:
    """Link a waiting study to its likely case, release the others, as a coordinator does."""
    for study in studies:
        if study["state"] != "unmatched":
            continue
        candidates = node.cli("study", "show", study["study_uid"])["candidates"]
        if candidates:
            node.do("case", "match", candidates[0]["case_number"], study["study_uid"])
        else:
            node.do("study", "release", study["study_uid"])


def _by_slug(studies: list[dict[str, Any]], cases: dict[str, str]) -> dict[str, str]:
    """Return the pseudonymous UID of each sample: by its case, or by what only it can be."""
    caseless = {("lindenberg", "CT"): "ct-twin-south", ("jinlanhu", "MR"): "mr-unknown"}
    return {
        cases[study["case"]] if study["case"] else caseless[study["site"], study["modality"]]: study["study_uid"]
        for study in studies
    }


def _sign(reader, items: list[dict[str, Any]], study_uid: str, draft: dict[str, Any]) -> dict[str, Any]:
    item = next(each for each in items if each["study_uid"] == study_uid)
    claimed = reader.post(f"/api/worklist/{item['id']}/claim").raise_for_status().json()
    image = claimed["series"][0]["instances"][0]["sop_instance_uid"]
    changes = draft | {"key_images": [{"sop_instance_uid": image, "frame": 1}]}
    reader.post(f"/api/worklist/{item['id']}/read", json=changes).raise_for_status()
    signed: dict[str, Any] = reader.post(f"/api/worklist/{item['id']}/sign").raise_for_status().json()
    return signed


def _returned(node) -> int:
    return int(node.rows("identity", "select count(*) from return_job where state = 'sent'")[0][0])


@pytest.fixture(scope="package")
def planted(told) -> list[dict[str, Any]]:
    """Return the identities that were planted in the samples, a table a study."""
    patients: list[dict[str, Any]] = json.loads(told.manifest.planted.read_text(encoding="utf-8"))["patients"]
    return patients
