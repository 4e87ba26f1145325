"""Which presentation contexts are accepted, and in which transfer syntax (PS3.8 section 9.3.2.2, PS3.5 section 10).

Every storage SOP class that the standard has or had, in every transfer syntax it has or had: the bytes are kept as
they come, so nothing needs to be decodable at the door. Of the syntaxes offered in one context the sender's order
decides, since it knows what it holds. Implicit VR Little Endian must be offered by everybody and commonly stands first
from habit: where Explicit VR Little Endian is offered beside it, that is taken, since it keeps the VR of private
elements.

A SOP class that no dictionary lists (a maker's own, or newer than this version) is taken where a setting says so, as if
it were storage: nothing tells before an instance comes, but what the requestor declares of it by SOP Class Common
Extended Negotiation (PS3.7 section D.3.3.6). Within DICOM's own root that is believed of the root of storage alone.

A workstation is given query and retrieve, and storage only where it takes the SCP's role (PS3.7 section D.3.3.4), which
is how a C-GET is answered: there explicit and implicit little endian go before all else, since everything that can be
decoded can be sent so.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache

from pydicom._uid_dict import UID_dictionary
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AllStoragePresentationContexts
from pynetdicom.presentation import PresentationContext

from config.errors import Malformed
from config.identifiers import UID
from scp.information_models import INFORMATION_MODELS

VERIFICATION = "1.2.840.10008.1.1"
STORAGE_COMMITMENT = "1.2.840.10008.1.20.1"
_SERVICES = {VERIFICATION, STORAGE_COMMITMENT}

_UNCOMPRESSED = (str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian))
_PRIVATE_TRANSFER_SYNTAXES = {
    "1.2.840.113619.5.2",  # GE: Implicit VR Little Endian with big endian pixel data
    "1.3.46.670589.33.1.4.1",  # Philips: private compression of CT
}
_STORAGE_SERVICE = "1.2.840.10008.4.2"  # the Service Class UID of storage (PS3.4 section B.3.1)
_DICOM_ROOT = "1.2.840.10008."
_STORAGE_ROOT = "1.2.840.10008.5.1.4.1.1."
_NOT_OBJECTS = {
    "1.2.840.10008.1.3.10",  # DICOMDIR: a directory of media, never sent (PS3.4 annex B)
    "1.2.840.10008.1.20.1",  # Storage Commitment, a service of its own
    "1.2.840.10008.1.20.2",
}

TRANSFER_SYNTAXES = frozenset(
    {uid for uid, entry in UID_dictionary.items() if entry[1] == "Transfer Syntax"} | _PRIVATE_TRANSFER_SYNTAXES
)
STORAGE_CLASSES = frozenset(
    {str(context.abstract_syntax) for context in AllStoragePresentationContexts}
    | {
        uid
        for uid, entry in UID_dictionary.items()
        if entry[1] == "SOP Class" and "Storage" in entry[0] and uid not in _NOT_OBJECTS
    }
)


class Encoding(Enum):
    """How the elements at the start of a data set are encoded; what cannot be looked into without work is OPAQUE."""

    EXPLICIT_LITTLE = "explicit little endian"
    EXPLICIT_BIG = "explicit big endian"
    IMPLICIT_LITTLE = "implicit little endian"
    OPAQUE = "opaque"


_OTHER_ENCODINGS = {
    "1.2.840.10008.1.2": Encoding.IMPLICIT_LITTLE,
    "1.2.840.10008.1.20": Encoding.IMPLICIT_LITTLE,  # Papyrus 3
    "1.2.840.113619.5.2": Encoding.IMPLICIT_LITTLE,
    "1.2.840.10008.1.2.2": Encoding.EXPLICIT_BIG,
    "1.2.840.10008.1.2.1.99": Encoding.OPAQUE,  # deflated
    "1.2.840.10008.1.2.4.95": Encoding.OPAQUE,  # JPIP, deflated
    "1.2.840.10008.1.2.4.205": Encoding.OPAQUE,  # JPIP HTJ2K, deflated
    "1.2.840.10008.1.2.6.1": Encoding.OPAQUE,  # MIME
    "1.2.840.10008.1.2.6.2": Encoding.OPAQUE,  # XML
    "1.3.46.670589.33.1.4.1": Encoding.OPAQUE,
}


def encoding_of(transfer_syntax_uid: str) -> Encoding:
    """Return how a data set begins; PS3.5 section 10 has every syntax not named otherwise in explicit little endian."""
    return _OTHER_ENCODINGS.get(transfer_syntax_uid, Encoding.EXPLICIT_LITTLE)


def choose_transfer_syntax(offered: Sequence[str]) -> str | None:
    """Return the transfer syntax to accept of those offered in one context, or None when none is known."""
    known = [uid for uid in offered if uid in TRANSFER_SYNTAXES]
    if not known:
        return None
    if known[0] == ImplicitVRLittleEndian and ExplicitVRLittleEndian in known:
        return str(ExplicitVRLittleEndian)
    return str(known[0])


def unlisted_storage_classes(proposed: Iterable[PresentationContext], declared: Mapping[str, str]) -> frozenset[str]:
    """Return the SOP classes proposed that no dictionary lists and that may be storage.

    `declared` is the Service Class UID of each SOP class of which the requestor has declared one: another service than
    storage is believed.
    """
    return frozenset(
        uid
        for context in proposed
        if is_unlisted(uid := str(context.abstract_syntax)) and declared.get(uid, _STORAGE_SERVICE) == _STORAGE_SERVICE
    )


def is_unlisted(uid: str) -> bool:
    """Say whether a SOP class is one that no dictionary lists and that may be storage, whatever its requestor says."""
    if uid in UID_dictionary or uid in STORAGE_CLASSES:
        return False
    try:
        UID(uid)
    except Malformed:
        return False
    return uid.startswith(_STORAGE_ROOT) or not uid.startswith(_DICOM_ROOT)


def supported_for(proposed: Iterable[PresentationContext], beside: Collection[str] = ()) -> list[PresentationContext]:
    """Return what the acceptor supports, in the order that makes pynetdicom choose as this module's rule says.

    `beside` are SOP classes that are taken beside those of the standard.

    pynetdicom takes the first of the acceptor's syntaxes that a proposed context offers, and knows one entry for each
    abstract syntax. So the choices for the contexts of one abstract syntax are listed in the order of their contexts,
    the default transfer syntax last, since every context may offer it.
    """
    choices: dict[str, list[str]] = {}
    for context in proposed:
        abstract = str(context.abstract_syntax)
        if abstract not in STORAGE_CLASSES and abstract not in _SERVICES and abstract not in beside:
            continue
        choice = choose_transfer_syntax([str(uid) for uid in context.transfer_syntax])
        if choice is not None:
            choices.setdefault(abstract, []).append(choice)
    return [
        _shared_context(abstract, tuple(sorted(syntaxes, key=lambda uid: uid == ImplicitVRLittleEndian)))
        for abstract, syntaxes in choices.items()
    ]


def supported_for_workstation(
    proposed: Iterable[PresentationContext], scp_roles: Collection[str]
) -> list[PresentationContext]:
    """Return what is supported for a workstation; `scp_roles` are the SOP classes for which it takes the SCP's role."""
    offered: dict[str, list[str]] = {}
    for context in proposed:
        abstract = str(context.abstract_syntax)
        known = [uid for each in context.transfer_syntax if (uid := str(each)) in TRANSFER_SYNTAXES]
        if abstract in INFORMATION_MODELS or abstract == VERIFICATION:
            offered[abstract] = []
        elif abstract in STORAGE_CLASSES and abstract in scp_roles:
            offered.setdefault(abstract, []).extend(known)
    contexts = [_context(abstract, [*_UNCOMPRESSED, *syntaxes]) for abstract, syntaxes in offered.items()]
    for context in contexts:
        if context.abstract_syntax in STORAGE_CLASSES:
            context.scu_role, context.scp_role = False, True
    return contexts


@lru_cache(maxsize=4096)
def _shared_context(abstract_syntax: str, transfer_syntaxes: tuple[str, ...]) -> PresentationContext:
    """Return a context that associations share: making those of one association anew takes longer than negotiating."""
    return _context(abstract_syntax, transfer_syntaxes)


def _context(abstract_syntax: str, transfer_syntaxes: Iterable[str]) -> PresentationContext:
    context = PresentationContext()
    context.abstract_syntax = abstract_syntax
    for uid in dict.fromkeys(transfer_syntaxes):
        context.add_transfer_syntax(uid)
    return context
