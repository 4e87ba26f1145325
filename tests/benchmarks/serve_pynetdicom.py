"""Run a storage SCP of pynetdicom as its documentation shows it: `serve_pynetdicom.py FOLDER PORT minimal|all`.

`minimal` supports CT in one transfer syntax; `all` every storage class in every transfer syntax that pynetdicom knows.
Either writes the bytes as they came.
"""

import sys
from pathlib import Path

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt


def store(event: evt.Event) -> int:
    name = str(event.request.AffectedSOPInstanceUID)
    (Path(sys.argv[1]) / name).write_bytes(event.encoded_dataset())
    return 0x0000


def main() -> None:
    ae = AE("OVERREAD")
    ae.maximum_pdu_size = 0
    ae.maximum_associations = 100
    if sys.argv[3] == "all":
        for context in AllStoragePresentationContexts:
            ae.add_supported_context(context.abstract_syntax or "", ALL_TRANSFER_SYNTAXES)
    else:
        ae.add_supported_context(CTImageStorage, ExplicitVRLittleEndian)
    ae.start_server(("127.0.0.1", int(sys.argv[2])), block=True, evt_handlers=[(evt.EVT_C_STORE, store)])


if __name__ == "__main__":
    main()
