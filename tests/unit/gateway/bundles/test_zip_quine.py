"""A zip that is its own only member unfolds for ever, each time to the same bytes: it ends at the depth allowed."""

import zipfile
from io import BytesIO

import pytest

from config.settings import Uploads
from gateway.bundles import members
from gateway.intake import take_in
from gateway.uploads import import_paths, upload_report
from tests.unit.gateway.bundles.quine import NAME, make_quine


@pytest.fixture(scope="module")
def quine() -> bytes:
    content = make_quine()
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert archive.read(NAME.decode()) == content, "it is no quine"
    return content


def test_the_import_of_a_zip_that_holds_itself_gives_one_verdict_which_names_the_limit(node, tmp_path, quine):
    (tmp_path / "disc.zip").write_bytes(quine)
    delivery = import_paths(node, [tmp_path / "disc.zip"], site="north", case_number=None)
    take_in(node, list(node.spool.entries()))
    with node.identity.read() as session:
        report = upload_report(session, delivery)
    [file] = report["files"]
    assert file["disposition"] == "quarantined"
    assert "uploads.maximum_depth" in file["reason"]
    assert file["path"] == "/".join([NAME.decode()] * (node.settings.uploads.maximum_depth + 1))


def test_at_the_deepest_that_may_be_set_it_still_ends_as_one_file_with_its_bytes(tmp_path, quine):
    (tmp_path / "disc.zip").write_bytes(quine)
    found = []
    for member in members(tmp_path / "disc.zip", Uploads(maximum_depth=5), name="disc.zip", scratch=tmp_path):
        with member.open() as stream:
            found.append((member.path.count(NAME.decode()), stream.read()))
    assert found == [(6, quine)]
