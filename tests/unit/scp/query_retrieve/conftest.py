"""A door over a made-up archive, and a workstation that knocks."""

import threading

import pytest
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, build_role, evt

from config.identifiers import AETitle
from config.settings import Dicom, Settings
from scp.peers import SiteRule, WorkstationRule, write_peers
from scp.server import run_scp

from .made_up_archive import STUDY_FIND, STUDY_GET, STUDY_MOVE, VERIFICATION, ListArchive


@pytest.fixture
def archive():
    return ListArchive()


@pytest.fixture
def tls_port(free_port):
    return free_port()


@pytest.fixture
def door(tmp_path, archive, request):
    """Open a door that lets the workstation READING in; gives its port. A test says more of `[dicom]` by `dicom`."""
    more = request.getfixturevalue("dicom") if "dicom" in request.fixturenames else {}
    settings = Settings(home=tmp_path, dicom=Dicom(port=0, reserve_bytes=0, network_timeout_seconds=30, **more))
    write_peers(settings.peers_file, [SiteRule("north", (AETitle("NORTH"),))], [WorkstationRule(AETitle("READING"))])
    stop, up, ports = threading.Event(), threading.Event(), []

    def ready(port):
        ports.append(port)
        up.set()

    def serve():
        run_scp(settings, stop=stop, ready=ready, open_archive=lambda: archive)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert up.wait(60)
    yield ports[0]
    stop.set()
    thread.join(60)
    assert not thread.is_alive()


@pytest.fixture
def associate(door):
    """Return a maker of associations of READING; `associate(*contexts, roles=, extended=, store=)`."""
    made = []

    def make(*contexts, calling="READING", extended=(), store=None, port=door, tls=None):
        ae = AE(calling)
        ae.dimse_timeout = ae.acse_timeout = ae.network_timeout = 60
        items = list(extended)
        for context in contexts or (STUDY_FIND, STUDY_MOVE, STUDY_GET, VERIFICATION):
            ae.add_requested_context(context, [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
        if store is not None:
            ae.add_requested_context(CTImageStorage, ExplicitVRLittleEndian)
            items.append(build_role(CTImageStorage, scp_role=True))
        handlers = [(evt.EVT_C_STORE, store)] if store is not None else []
        tls_args = (tls, "127.0.0.1") if tls else None
        association = ae.associate(
            "127.0.0.1", port, ae_title="OVERREAD", ext_neg=items, evt_handlers=handlers, tls_args=tls_args
        )
        made.append(association)
        return association

    yield make
    for association in made:
        if association.is_established:
            association.release()
