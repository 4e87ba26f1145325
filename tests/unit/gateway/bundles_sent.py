"""Bundles that are uploaded or imported, and what became of them, for the tests."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

from gateway.models import Delivery
from gateway.node import Node
from gateway.uploads import receive_upload, upload_report


def zipped(**files: bytes) -> bytes:
    """Return a zip of some files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def receive(node: Node, data: bytes, filename: str = "cd.zip", case_number: str | None = None) -> str:
    """Upload a bundle and return its identifier."""
    with receive_upload(node, site="north", case_number=case_number) as sink:
        sink.write(data)
        return sink.finish(filename)


def delivery_of(node: Node, delivery_id: str) -> Delivery:
    """Return the row of a delivery."""
    with node.identity.read() as session:
        return session.get_one(Delivery, delivery_id)


def with_settings(node: Node, section: str, **values: object) -> Node:
    """Return a node with other values in a section of its settings."""
    changed = getattr(node.settings, section).model_copy(update=values)
    return replace(node, settings=node.settings.model_copy(update={section: changed}))


def contents(spooled: Callable) -> dict[str, bytes]:
    """Return what is in the spool by its paths."""
    return {envelope.path: payload for envelope, payload in spooled()}


def report_of(node: Node, upload_id: str) -> dict:
    """Return the report of an upload without what is the same in all."""
    with node.identity.read() as session:
        report = upload_report(session, upload_id)
    assert (report.pop("delivery"), report.pop("site"), report.pop("door")) == (upload_id, "north", "upload")
    return report


def crash(*_args: object, **_kwargs: object) -> None:
    """End as a killed process would, whatever it is called with."""
    raise KeyboardInterrupt
