"""Every storage SOP class in every transfer syntax, the sender's choice first."""

import pytest
from pydicom import uid
from pynetdicom import AllStoragePresentationContexts
from pynetdicom.presentation import build_context, negotiate_as_acceptor

from scp.contexts import (
    STORAGE_CLASSES,
    TRANSFER_SYNTAXES,
    VERIFICATION,
    Encoding,
    choose_transfer_syntax,
    encoding_of,
    supported_for,
    supported_for_workstation,
)

IMPLICIT, EXPLICIT, JPEG2000 = uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.JPEG2000Lossless


def negotiate(*proposed):
    contexts = [build_context(abstract, list(syntaxes)) for abstract, *syntaxes in proposed]
    for number, context in enumerate(contexts):
        context.context_id = 2 * number + 1
    results, _ = negotiate_as_acceptor(contexts, supported_for(contexts))
    return [(cx.transfer_syntax[0] if cx.result == 0 else None) for cx in results]


def test_every_storage_class_of_pydicom_and_of_pynetdicom_is_taken():
    named = {
        value
        for name, value in vars(uid).items()
        if name.endswith("Storage") and isinstance(value, uid.UID) and value.type == "SOP Class"
    }
    assert named - {uid.MediaStorageDirectoryStorage} <= STORAGE_CLASSES
    assert {cx.abstract_syntax for cx in AllStoragePresentationContexts} <= STORAGE_CLASSES


def test_retired_classes_are_taken_and_services_are_not():
    assert "1.2.840.10008.5.1.4.1.1.6" in STORAGE_CLASSES  # Ultrasound Image Storage (Retired)
    assert not STORAGE_CLASSES & {"1.2.840.10008.1.20.1", "1.2.840.10008.1.3.10", VERIFICATION}


def test_every_transfer_syntax_is_taken_also_the_retired_and_the_private():
    assert set(uid.AllTransferSyntaxes) <= TRANSFER_SYNTAXES
    assert {"1.2.840.10008.1.2.4.53", "1.2.840.10008.1.20", "1.2.840.113619.5.2"} <= TRANSFER_SYNTAXES


@pytest.mark.parametrize("syntax", sorted(TRANSFER_SYNTAXES))
def test_what_is_offered_alone_is_accepted(syntax):
    assert negotiate((uid.CTImageStorage, syntax)) == [syntax]


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([JPEG2000, EXPLICIT, IMPLICIT], JPEG2000),
        ([EXPLICIT, JPEG2000], EXPLICIT),
        ([IMPLICIT, EXPLICIT], EXPLICIT),
        ([IMPLICIT, JPEG2000], IMPLICIT),
        (["1.2.3.4", JPEG2000], JPEG2000),
        (["1.2.3.4"], None),
        ([], None),
    ],
)
def test_the_first_that_is_known_is_chosen_and_explicit_vr_before_the_default(offered, chosen):
    assert choose_transfer_syntax(offered) == chosen


def test_a_sender_with_a_context_for_each_syntax_gets_each():
    assert negotiate(
        (uid.CTImageStorage, IMPLICIT), (uid.CTImageStorage, JPEG2000), (uid.CTImageStorage, EXPLICIT, IMPLICIT)
    ) == [IMPLICIT, JPEG2000, EXPLICIT]


def test_what_is_unknown_is_rejected_and_the_rest_accepted():
    assert negotiate(
        ("1.2.840.10008.5.1.4.1.2.1.1", IMPLICIT), (VERIFICATION, IMPLICIT), (uid.MRImageStorage, "1.2.3.4")
    ) == [None, IMPLICIT, None]


def test_nothing_proposed_supports_nothing():
    assert supported_for([]) == []
    assert supported_for_workstation([], ()) == []


def test_a_workstation_gets_uncompressed_syntaxes_first_and_storage_only_in_the_role_of_the_scp():
    proposed = [
        build_context("1.2.840.10008.5.1.4.1.2.2.3", [JPEG2000, IMPLICIT]),
        build_context(uid.CTImageStorage, [JPEG2000, IMPLICIT, EXPLICIT]),
        build_context(uid.CTImageStorage, [JPEG2000]),
        build_context(uid.MRImageStorage, [EXPLICIT]),
    ]
    for number, context in enumerate(proposed):
        context.context_id = 2 * number + 1
    supported = supported_for_workstation(proposed, {str(uid.CTImageStorage)})
    roles = {uid.CTImageStorage: (False, True)}
    contexts, _ = negotiate_as_acceptor(proposed, supported, roles)
    chosen = [str(each.transfer_syntax[0]) if each.result == 0 else each.result for each in contexts]
    assert chosen == [IMPLICIT, EXPLICIT, JPEG2000, 0x03]


def test_known_syntaxes_say_how_their_data_sets_begin():
    for known in uid.AllTransferSyntaxes:
        encoding = encoding_of(known)
        if known.is_deflated:
            assert encoding is Encoding.OPAQUE
        else:
            assert (encoding is Encoding.IMPLICIT_LITTLE) == known.is_implicit_VR
            assert (encoding is not Encoding.EXPLICIT_BIG) == known.is_little_endian
