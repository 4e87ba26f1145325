"""What the statement says of DIMSE: who listens, who calls, and what is negotiated (PS3.2 section N.5)."""

from pydicom.uid import UID

from config.settings import Settings
from gateway.commitment.judging import FAILURE_WORDS
from gateway.conformance.markdown import table
from scp import rejections
from scp.commitment import PUSH_MODEL_INSTANCE
from scp.contexts import STORAGE_CLASSES, STORAGE_COMMITMENT, TRANSFER_SYNTAXES, VERIFICATION
from scp.information_models import INFORMATION_MODELS, UNIQUE_KEYS
from scp.part10 import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from scp.query_statuses import QUERY_ANSWERS
from scp.rejections import Rejection
from scp.statuses import ANSWERS, STORED

_APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
_RETURNED = ("1.2.840.10008.5.1.4.1.1.88.22", "1.2.840.10008.5.1.4.1.1.104.1")
_UNCOMPRESSED = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")

_MODEL = """One application entity receives: studies come in by C-STORE, may be committed, are de-identified and read.
The same application entity title calls the sending hospital's storage SCP, to return a structured report and an
encapsulated PDF under the original identity, and to report on storage commitment. Readers' workstations that were
entered by their AE titles may query and retrieve what is published, de-identified; there are none unless entered.
"""
_COMMITMENT = f"""The SOP Instance of the service is `{PUSH_MODEL_INSTANCE}`. Each original is read back from the
encrypted vault and its digest computed again before it is committed. Originals are kept until a person purges the study
or discards the object.
"""
_QUERY_RETRIEVE = """Hierarchical, or relational where negotiated. Single values, wildcards, ranges of dates and times,
lists of UIDs and of modalities, and sequences are matched, names and texts with wildcards without regard to case. A
range of dates and one of times are one range of instants where that was negotiated, else each by itself. A key that is
not supported makes the answers FF01H. Answers are in ISO_IR 192, with Retrieve AE Title and Instance Availability
ONLINE. After {matches} matches a query ends with A700H. C-CANCEL is honoured (FE00H). A retrieval that failed in part
ends with B000H and the Failed SOP Instance UID List, one that failed whole with A702H. C-MOVE sends to workstations of
the same reader only, over TLS where they were entered so.
"""
_OTHER_KEYS = {
    "PATIENT": "name, birth date, sex; numbers of studies, series and instances",
    "STUDY": "every attribute kept of patient and study; modalities and SOP classes in the study, numbers",
    "SERIES": "also every attribute kept of the series; number of instances",
    "IMAGE": "also every attribute of the header that is not binary",
}


def networking(settings: Settings) -> str:
    """Return the section on networking."""
    return "\n".join(
        (
            "## Networking\n",
            "### Implementation model\n",
            _MODEL,
            _policies(settings),
            "### Services\n",
            table(("service", "SOP class", "role"), _services()),
            "### Rejections of an association\n",
            table(("result, source, reason", "when"), _rejections()),
            "### Statuses of C-STORE\n",
            table(("status", "when"), _statuses()),
            "### Query and retrieve\n",
            _QUERY_RETRIEVE.format(matches=settings.dicom.maximum_matches),
            table(("level", "unique key", "other keys"), _keys()),
            table(("status", "C-FIND", "C-MOVE", "C-GET"), _query_statuses()),
            "### Failure reasons of storage commitment\n",
            _COMMITMENT,
            table(("failure reason", "when"), ((f"{code:04X}H", words) for code, words in FAILURE_WORDS.items())),
        )
    )


def presentation_contexts() -> str:
    """Return the annex that lists every SOP class and transfer syntax."""
    return "\n".join(
        (
            "## Annex: presentation contexts of the storage SCP\n",
            "Every SOP class is accepted in every transfer syntax. Of those that a context offers the sender's order "
            "decides, but Explicit VR Little Endian is taken before Implicit VR Little Endian.\n",
            table(("SOP class", "UID"), _named(STORAGE_CLASSES)),
            table(("transfer syntax", "UID"), _named(TRANSFER_SYNTAXES)),
        )
    )


def _policies(settings: Settings) -> str:
    dicom = settings.dicom
    tls = f"{dicom.tls_port}" if dicom.tls_certificate else "not served"
    return "### Association policies\n\n" + table(
        ("policy", "value"),
        (
            ("Application context name", _APPLICATION_CONTEXT),
            ("Implementation Class UID", IMPLEMENTATION_CLASS_UID),
            ("Implementation Version Name", IMPLEMENTATION_VERSION_NAME),
            ("AE title, called and calling", dicom.ae_title),
            ("port", dicom.port),
            ("port with TLS", tls),
            ("associations at once, as acceptor", dicom.maximum_associations),
            ("associations at once, as initiator", 2),
            ("maximum PDU received, bytes", dicom.maximum_pdu_bytes),
            ("asynchronous operations window", "one operation at a time; a window is answered with 1, 1"),
            ("network, DIMSE and ARTIM timeout, seconds", dicom.network_timeout_seconds),
            ("user identity negotiation", "name with passcode, where a site asks for it; confirmed where asked for"),
            (
                "SOP class extended negotiation",
                "query and retrieve: relational queries and retrieval, combined date-time matching, fuzzy names",
            ),
            ("SOP class common extended negotiation", "taken note of where unlisted SOP classes are taken"),
            ("SOP classes that no dictionary lists", _unlisted(dicom.unlisted_sop_classes)),
        ),
    )


def _unlisted(taken: bool) -> str:
    """Say what happens to SOP classes that no dictionary lists; the word of a site goes before."""
    return f"{'taken' if taken else 'refused'}, unless a site has a setting of its own; kept, never published"


def _services() -> list[tuple[str, str, str]]:
    rows = [
        ("Verification", VERIFICATION, "SCP"),
        ("Storage", f"{len(STORAGE_CLASSES)} SOP classes, see the annex", "SCP"),
        ("Storage Commitment Push Model", STORAGE_COMMITMENT, "SCP"),
    ]
    rows += [(UID(uid).name, uid, "SCP, for workstations") for uid in INFORMATION_MODELS]
    rows.append(("Storage", "of published studies, as they are stored or uncompressed", "SCU, for workstations"))
    syntaxes = " or ".join(UID(uid).name for uid in _UNCOMPRESSED)
    return rows + [(f"Storage: {UID(uid).name} ({syntaxes})", uid, "SCU") for uid in _RETURNED]


def _rejections() -> list[tuple[str, str]]:
    every = [each for each in vars(rejections).values() if isinstance(each, Rejection)]
    return [(f"{each.result}, {each.source}, {each.diagnostic}", each.outcome) for each in every]


def _statuses() -> list[tuple[str, str]]:
    answers = dict.fromkeys((STORED, *ANSWERS.values()))
    return [(f"{answer.status:04X}H", answer.comment or "the object is on disk") for answer in answers]


def _keys() -> list[tuple[str, str, str]]:
    return [(level, key, _OTHER_KEYS[level]) for level, key in UNIQUE_KEYS.items()]


def _query_statuses() -> list[tuple[str, str, str, str]]:
    every = {status: words for answers in QUERY_ANSWERS.values() for status, words in answers.values()}
    rows = []
    for status in sorted(every):
        said = [
            every[status] if status in {code for code, _ in QUERY_ANSWERS[operation].values()} else ""
            for operation in ("find", "move", "get")
        ]
        rows.append((f"{status:04X}H", said[0], said[1], said[2]))
    return rows


def _named(uids: frozenset[str]) -> list[tuple[str, str]]:
    return sorted((UID(uid).name if UID(uid).name != uid else "private", f"`{uid}`") for uid in uids)
