"""Fitness to read: each rule finds what it is for and stays silent otherwise; the facts come from real objects."""

import math
import struct
from dataclasses import replace
from hashlib import sha256
from io import BytesIO

import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit

from config.errors import Unavailable
from gateway.fitness import Finding, InstanceFacts, Request, StudyFacts, Verdict, judge, read_facts, request_of_case
from gateway.fitness.regions import may_be_one, regions_in, sides_in
from gateway.fitness.request import what_was_done
from viewer_api.decoding.pool import shared_pool
from viewer_api.errors import CannotRender

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
IMAGE = InstanceFacts(
    modality="CT", series_uid="1", series_number=2, frames=1, spacing=True, pixels="a", description="CT HEAD"
)
NOTHING = Request()


def stack(places: list[float], **facts: object) -> tuple[InstanceFacts, ...]:
    """Return axial slices at the given places, each with pixels of its own."""
    return tuple(
        replace(IMAGE, positions=((0.0, 0.0, z),), orientation=AXIAL, pixels=f"p{n}", **facts)
        for n, z in enumerate(places)
    )


def found(facts: StudyFacts, request: Request = NOTHING) -> list[str]:
    return [each.code for each in judge(facts, request).findings]


def asking(**said: object) -> Request:
    whole = {"modality": "", "body_part": "", "requested": [], "report": "", "study_uid": "", "accession": ""}
    return request_of_case(**(whole | said))  # type: ignore[arg-type]


def test_sound_study_is_fit() -> None:
    verdict = judge(StudyFacts(stack([n * 5.0 for n in range(20)])), asking(modality="CT", body_part="HEAD"))
    assert (verdict.grade, verdict.findings) == ("fit", ())


def test_one_reason_not_to_read_makes_the_study_unfit_and_stands_first() -> None:
    verdict = judge(StudyFacts((replace(IMAGE, spacing=False),), other_patients=2), NOTHING)
    assert verdict.grade == "unfit"
    assert [each.code for each in verdict.findings] == ["mixed-patients", "no-pixel-spacing"]
    assert Verdict.from_json(verdict.as_json()) == verdict


def test_no_image_that_can_be_shown_is_unfit() -> None:
    broken = replace(IMAGE, decodes=False)
    assert found(StudyFacts((broken,))) == ["no-image-decodes"]
    assert found(StudyFacts((replace(IMAGE, frames=0),))) == ["no-images"]
    assert judge(StudyFacts((broken,)), NOTHING).grade == "unfit"


def test_some_broken_images_limit_a_read() -> None:
    verdict = judge(StudyFacts((IMAGE, replace(IMAGE, decodes=False, pixels="")), damaged=3), NOTHING)
    assert verdict.findings == (Finding("damaged-images", values={"count": 4}),)
    assert verdict.grade == "limited"


@pytest.mark.parametrize(
    ("asked", "shown", "wrong"),
    [
        ("KNEE", "CT HEAD", True),
        ("Schädel", "BRAIN", False),
        ("胸部", "CT THORAX NATIV", False),
        ("rodilla", "Kopf", True),
        ("ABDOMEN", "PELVIS", False),
        ("", "CT HEAD", False),
        ("KNEE", "scan 7", False),
        ("KNEE", "WHOLEBODY", False),
    ],
)
def test_wrong_body_part_is_found_in_any_language_and_neighbours_are_not_wrong(asked, shown, wrong) -> None:
    facts = StudyFacts((replace(IMAGE, description=shown),))
    assert (found(facts, asking(body_part=asked)) == ["wrong-body-part"]) is wrong


def test_wrong_side_is_unfit_and_an_unknown_one_is_not() -> None:
    request = asking(requested=[{"body_part": "KNEE", "laterality": "L"}])
    knee = replace(IMAGE, description="XR KNEE", modality="DX")
    assert found(StudyFacts((replace(knee, laterality="R"),)), request) == ["wrong-side"]
    assert found(StudyFacts((replace(knee, laterality="L"), replace(knee, laterality="R", pixels="b"))), request) == []
    assert found(StudyFacts((knee,)), request) == []
    assert found(StudyFacts((replace(knee, description="Knie rechts"),)), asking(body_part="Knie links")) == [
        "wrong-side"
    ]


@pytest.mark.parametrize("shown", ["RODILLA DER", "Rodilla dcha."])
def test_wrong_side_is_found_in_spanish_abbreviations(shown: str) -> None:
    facts = StudyFacts((replace(IMAGE, description=shown, modality="DX"),))
    assert found(facts, asking(body_part="rodilla izquierda")) == ["wrong-side"]
    assert found(facts, asking(body_part="rodilla derecha")) == []


def test_other_modality_limits_a_read_and_cr_is_dx() -> None:
    assert found(StudyFacts((IMAGE,)), asking(modality="MR")) == ["other-modality"]
    assert found(StudyFacts((replace(IMAGE, modality="CR"),)), asking(modality="DX")) == []


def test_series_that_the_report_names_are_missed_and_those_it_only_suggests_are_not() -> None:
    report = "MRT DES SCHÄDELS\nTechnik: T1, T2 und FLAIR axial.\nBefund: o.B.\nDWI zur Ergänzung empfohlen."
    images = tuple(
        replace(IMAGE, modality="MR", series_uid=str(n), pixels=str(n), description=f"head {words}")
        for n, words in enumerate(("t1_se_tra", "t2_tse_tra"))
    )
    verdict = judge(StudyFacts(images), asking(report=report))
    assert verdict.findings == (Finding("missing-series", values={"names": "FLAIR"}),)
    flair = replace(images[0], series_uid="9", pixels="9", description="head t2_flair")
    assert found(StudyFacts((*images, flair)), asking(report=report)) == []


def ct(*words: str, **facts: object) -> tuple[InstanceFacts, ...]:
    return tuple(
        replace(IMAGE, series_uid=str(n), pixels=str(n), description=each, **facts) for n, each in enumerate(words)
    )


def missed(report: str, images: tuple[InstanceFacts, ...]) -> str:
    verdict = judge(StudyFacts(images), asking(report=report))
    return next((str(each.values["names"]) for each in verdict.findings if each.code == "missing-series"), "")


@pytest.mark.parametrize(
    ("report", "series", "names"),
    [
        ("CT Schädel nativ und nach i.v. Kontrastmittelgabe", ("Schädel nativ 5.0",), "contrast"),
        ("CT Schädel nativ und nach i.v. Kontrastmittelgabe", ("Schädel nativ 5.0", "Schädel KM 5.0"), ""),
        ("CT Schädel nativ und nach i.v. Kontrastmittelgabe", ("Kopf 5.0", "Kopf 5.0"), ""),
        ("CT Thorax und Abdomen ohne Kontrastmittel", ("Thorax 5.0",), ""),
        ("CT Abdomen nach oraler Kontrastierung", ("Abdomen 5.0",), ""),
        ("CT abdomen in arterial and portal venous phase", ("Abdomen arterial", "Abdomen nativ"), "portal-venous"),
        ("CT Abdomen, arterielle und portalvenöse Phase, Spätphase", ("art 1.0", "ven 1.0"), "late"),
        ("TC de abdomen con contraste en fases arterial y portal", ("sin contraste",), "arterial, portal-venous"),
        ("TC de tórax sin y con contraste", ("Torax sin civ 3.0",), "contrast"),
        ("腹部CT平扫+增强，动脉期、门静脉期、延迟期扫描", ("平扫", "动脉期", "门静脉期"), "late"),
        ("CT without and with contrast, delayed images", ("pre 5.0", "post 5.0 delayed"), ""),
        ("CT-Angiographie der Halsgefäße", ("Hals nativ",), "angiography"),
        ("CTA头颈部", ("头颈 CTA 0.6",), ""),
        ("CT abdomen, arterial and late phase", ("Abd 3.0", "Abd 3.0"), ""),
    ],
)
def test_phases_of_a_ct_that_the_report_names_are_missed_where_no_series_may_be_one(report, series, names) -> None:
    assert missed(report, ct(*series)) == names


@pytest.mark.parametrize(
    ("report", "series"),
    [
        ("CT ABDOMEN WITHOUT AND WITH CONTRAST", ("ABD 5.0 W/O & W CONTRAST", "ABD 5.0 W/O & W CONTRAST")),
        ("CT HEAD W/WO\nAxial images without and with contrast", ("HEAD 5.0 CT_HEAD_W_WO", "HEAD 5.0 CT_HEAD_W_WO")),
        ("CT head with coronal and sagittal reformats. Contrast: None.", ("HEAD W/O 5.0",)),
        ("CT head with sagittal reformats\nContrast: none", ("HEAD W/O 5.0",)),
        ("CT Abdomen nativ bei Patient mit bekannter Allergie gegen Kontrastmittel", ("Abdomen nativ 5.0",)),
        ("CT Abdomen nativ bei Patientin mit bekannter KM-Unverträglichkeit", ("Abdomen nativ 5.0",)),
        ("CT Schädel nativ. Vergleich mit Vortag. Kontrastmittel wurde nicht gegeben.", ("Schädel nativ 5.0",)),
        ("CT head without contrast. Findings: normal. Recommend CT with contrast.", ("HEAD W/O 5.0",)),
        ("TC de cráneo sin contraste. Comparación con TC con contraste previo.", ("CRANEO SIN 5.0",)),
        ("Angio-CT der Aorta nach i.v. KM, arterielle Phase", ("AortaTA 1.0",)),
    ],
)
def test_names_of_whole_protocols_and_agents_not_given_raise_no_alarm(report, series) -> None:
    assert found(StudyFacts(ct(*series)), asking(report=report)) == []


@pytest.mark.parametrize(
    ("report", "names"),
    [
        ("CT Schädel nativ und nach KM, CTA, Knochenfenster", "contrast, angiography, bone"),
        ("CT Abdomen nativ, arteriell, portalvenös und Spätphase, MPR", "arterial, portal-venous, late, multiplanar"),
        ("CT head without and with contrast, CTA, bone window", "contrast, angiography, bone"),
        ("CT abdomen: arterial, portal venous and delayed phases", "arterial, portal-venous, late"),
        ("TC de abdomen simple, arterial, portal y tardía, ventana ósea", "arterial, portal-venous, late, bone"),
        ("TC craneal basal y con contraste, angio-TC", "contrast, angiography"),
        ("上腹部CT平扫、动脉、门静脉及延迟期，骨窗", "arterial, portal-venous, late, bone"),
        ("CT des Halses nativ, arterielle und venöse Gefäße frei", ""),
        ("CT pelvis, arterial and venous grafts", ""),
    ],
)
def test_every_phase_and_reconstruction_of_a_list_is_understood(report, names) -> None:
    assert missed(report, ct("nativ 5.0", kernel="H31s", thickness=5.0, orientation=AXIAL)) == names


def test_of_phases_that_series_without_words_may_be_only_the_number_that_lacks_is_told() -> None:
    report = "CT abdomen, non-contrast, arterial, portal venous and late phase"
    verdict = judge(StudyFacts(ct("plain", "Abd 3.0", "Abd 3.0")), asking(report=report))
    values = {"count": 1, "names": "arterial, portal-venous, late"}
    assert verdict.findings == (Finding("some-series-missing", values=values),)
    three_in_one = replace(IMAGE, series_uid="9", description="Abd", positions=((0.0, 0.0, 1.0),) * 3)
    assert found(StudyFacts((*ct("plain"), three_in_one)), asking(report=report)) == []


def mr(*words: str) -> tuple[InstanceFacts, ...]:
    return tuple(replace(each, modality="MR") for each in ct(*words))


@pytest.mark.parametrize(
    ("report", "series", "names"),
    [
        ("MRT Schädel: T1, T2, FLAIR, DWI/ADC, SWI", ("AX_T1", "AX_T2", "ep2d_ADC"), "FLAIR, SWI"),
        ("MRI brain: T1, T2-FLAIR", ("t1", "dark-fluid"), ""),
        ("MRI brain: T1, T2, FLAIR", ("t1", "localizer"), "T2, FLAIR"),
        ("MRI brain: T1, T2, FLAIR", ("t1", "Ax Brain", "Sag Brain"), ""),
        ("MRT Knie, T1 vor und nach KM", ("t1 sag",), "contrast"),
        ("MRT Knie, T1 vor und nach KM", ("t1 sag nativ", "t2 sag"), "contrast"),
        ("MRT Knie, T1 vor und nach KM", ("t1 sag", "t1 sag"), ""),
        ("MRI brain, T1 pre and post 7.5 ml gadobutrol", ("t1 pre", "t2"), "contrast"),
        ("MRI knee, T1 without gadolinium", ("t1 pre",), ""),
        ("RM cerebral: T1 sin y con gadolinio, difusión", ("t1 nativ", "dwi"), "contrast"),
        ("MRI brain: T1, FLAIR, T2*", ("sT1W_3D_TFE", "t2_spc_da-fl_sag", "T2W_FFE"), ""),
        ("MRI cervical spine to C7-T1 and thoracic spine T1-T12: T2, STIR", ("sag t2", "sag t2 fatsat"), ""),
        ("MRI brain with and without contrast", ("T1 BRAIN WO/W", "T1 BRAIN WO/W", "T2 BRAIN WO/W"), ""),
        ("头颅MRI平扫+增强：行T1WI、T2WI、FLAIR序列", ("t1 平扫", "t2"), "FLAIR, contrast"),
    ],
)
def test_sequences_of_an_mr_that_the_report_names_are_missed_where_no_series_may_be_one(report, series, names) -> None:
    assert missed(report, mr(*series)) == names


@pytest.mark.parametrize("report", ["Mammographie (CC, MLO)", "双乳CC位及MLO位", "Craniocaudal, mediolateral oblique"])
def test_views_of_a_mammography_are_missed_where_every_image_says_its_view(report) -> None:
    images = tuple(replace(each, modality="MG") for each in ct("R_CC", "LCC"))
    assert missed(report, images) == "MLO"
    assert missed(report, (*images, replace(images[0], series_uid="9", description=""))) == ""


@pytest.mark.timeout(120)
def test_what_was_done_is_found_before_any_number_of_blank_lines() -> None:
    assert asking(report="CT head" + "\n" * 200_000 + "  Findings: MPR").named_text.strip() == "CT head"


@pytest.mark.parametrize(
    ("report", "two"),
    [
        ("Thorax p.a. und seitlich", True), ("Knee, 2 views", True), ("Rodilla AP y lateral", True),
        ("胸部正位、侧位", True), ("Thorax a.p. im Liegen", False), ("PA chest, left lateral decubitus", False),
    ],
)  # fmt: skip
def test_two_views_of_a_radiograph_are_understood(report, two) -> None:
    assert asking(report=report).two_views is two


def test_reconstructions_that_the_report_names_are_told_by_kernel_thickness_and_planes() -> None:
    report = "CT Schädel, Knochenfenster, Dünnschicht, multiplanare Reformationen"
    thick = ct("Kopf 5.0", kernel="H30s", thickness=5.0, orientation=AXIAL)
    assert missed(report, thick) == "bone, thin, multiplanar"
    sharp = ct("Kopf 1.0", kernel="Hr68h", thickness=0.75, orientation=AXIAL)
    assert missed(report, (*thick, *sharp)) == ""
    coronal = replace(thick[0], orientation=(1.0, 0.0, 0.0, 0.0, 0.0, -1.0))
    assert missed(report, (*thick, coronal)) == "bone, thin"
    assert missed(report, ct("Kopf 5.0")) == "", "what is not told is not missed"
    assert missed("CT Schädel, Knochenfenster", ct("Kopf 5.0", kernel="LUNG")) == "", "it may be one for bones"


def test_contrast_agent_that_a_series_says_is_the_contrast_asked_for() -> None:
    report = "CT Thorax mit Kontrastmittel"
    assert missed(report, ct("Thorax nativ")) == "contrast"
    assert missed(report, ct("Thorax 5.0", contrast=True)) == ""
    assert missed("CT Thorax nativ und mit Kontrastmittel", ct("Thorax 5.0", contrast=True)) == "native"


def test_fewer_series_images_and_views_than_announced_are_counted() -> None:
    request = asking(requested=[{"modality": "CT", "series": 2, "instances": 4}])
    assert found(StudyFacts((IMAGE,)), request) == ["fewer-series", "fewer-images"]
    chest = replace(IMAGE, modality="DX", description="THORAX")
    assert found(StudyFacts((chest,)), asking(report="RÖNTGEN THORAX IN ZWEI EBENEN\nBefund: frei")) == ["fewer-images"]


def test_slices_missing_from_a_regular_stack_are_counted() -> None:
    places = [n * 3.0 for n in range(20) if n not in {7, 8, 13}]
    verdict = judge(StudyFacts(stack(places)), NOTHING)
    assert verdict.findings == (Finding("slice-gaps", values={"count": 3, "series": "2"}),)


@pytest.mark.parametrize(
    "images",
    [
        stack([n * 3.0 for n in range(20)]),
        stack([0, 3, 6, 9, 30, 33, 36, 60, 64, 70, 90]),
        stack([n * 3.0 for n in range(4)]) + stack([60.0]),
        stack([0, 5, 30, 60, 65, 90, 120], localizer=True),
        stack([n * 3.0 for n in range(10)] * 3),
    ],
    ids=["whole", "irregular", "few", "localizer", "phases"],
)
def test_other_stacks_have_no_gaps(images) -> None:
    assert found(StudyFacts(images)) == []


def test_the_same_picture_twice_is_a_duplicate_and_two_phases_of_a_place_are_not() -> None:
    one, other = stack([3.0, 3.0])
    assert found(StudyFacts((one, other))) == []
    verdict = judge(StudyFacts((one, replace(other, pixels=one.pixels))), NOTHING)
    assert verdict.findings == (Finding("duplicate-images", values={"count": 1}),)


@pytest.mark.parametrize(
    ("modality", "ratio", "code"),
    [
        ("CT", 20.0, "lossy"), ("CT", 5.0, None), ("DX", 9.5, None),
        ("MG", 30.0, "lossy"), ("CT", None, "lossy-unknown"), ("US", 40.0, None),
    ],
)  # fmt: skip
def test_lossy_compression_is_judged_by_modality(modality, ratio, code) -> None:
    image = replace(IMAGE, modality=modality, lossy=True, ratio=ratio)
    assert found(StudyFacts((image,))) == ([code] if code else [])


def test_captures_of_a_screen_and_images_without_a_scale_limit_a_read() -> None:
    capture = replace(IMAGE, sop_class_uid="1.2.840.10008.5.1.4.1.1.7", modality="OT", spacing=False)
    assert found(StudyFacts((capture,))) == ["secondary-capture-only"]
    assert found(StudyFacts((capture, replace(IMAGE, spacing=False, pixels="b")))) == ["no-pixel-spacing"]


def facts_of(payload: bytes) -> InstanceFacts:
    return read_facts(BytesIO(payload), sha256(payload).hexdigest(), shared_pool())


def test_facts_are_read_from_an_object_and_kept_as_json(part10) -> None:
    payload = part10(
        ImagePositionPatient=[0, 0, 5], ImageOrientationPatient=[1, 0, 0, 0, 1, 0], PixelSpacing=[1, 1],
        LossyImageCompression="01", LossyImageCompressionRatio=[4, 5], SeriesDescription="head", SeriesNumber=3,
    )  # fmt: skip
    facts = facts_of(payload)
    assert (facts.positions, facts.orientation, facts.spacing) == (((0, 0, 5),), AXIAL, True)
    assert (facts.lossy, facts.ratio, facts.frames, facts.decodes, facts.series_number) == (True, 20.0, 1, True, 3)
    assert InstanceFacts.from_json(facts.as_json()) == facts


def test_pixels_that_do_not_decode_are_a_fact_and_no_error(part10) -> None:
    assert not facts_of(part10(Rows=500)).decodes
    broken = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelData": encapsulate([b"no jpeg at all"])}
    assert not facts_of(part10(transfer_syntax=JPEGBaseline8Bit, **broken)).decodes


class Refusing:
    """A pool whose processes end over every image, or cannot be had."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def run(self, *_order: object) -> bytes:
        raise self._error


COMPRESSED = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelData": encapsulate([b"some jpeg"])}


def test_pixels_that_end_their_decoder_do_not_decode(part10) -> None:
    broken_off = Refusing(CannotRender("the decoder broke off"))
    image = part10(transfer_syntax=JPEGBaseline8Bit, **COMPRESSED)
    assert not read_facts(BytesIO(image), "0" * 64, broken_off).decodes


def test_without_a_decoder_nothing_is_said_of_the_pixels(part10) -> None:
    image = part10(transfer_syntax=JPEGBaseline8Bit, **COMPRESSED)
    with pytest.raises(Unavailable):
        read_facts(BytesIO(image), "0" * 64, Refusing(Unavailable("every decoder is busy")))


def test_pixels_that_nothing_is_compressed_of_need_no_decoder(part10) -> None:
    nobody = Refusing(AssertionError("a decoder was asked"))
    told = read_facts(BytesIO(part10()), "0" * 64, nobody)
    assert (told.decodes, told.frames) == (True, 1)
    assert told.pixels == facts_of(part10()).pixels != ""
    assert not read_facts(BytesIO(part10(Rows=500)), "0" * 64, nobody).decodes


def test_pixels_that_make_the_library_fail_are_left_to_a_decoder(part10) -> None:
    image = part10()
    rows = image.index(bytes.fromhex("28001000") + b"US")
    hostile = image[:rows] + bytes.fromhex("28001000") + b"FD" + struct.pack("<Hd", 8, math.inf) + image[rows + 10 :]
    broken_off = Refusing(CannotRender("the decoder broke off"))
    assert not read_facts(BytesIO(hostile), "0" * 64, broken_off).decodes
    assert not facts_of(hostile).decodes


def test_words_that_describe_what_was_done_end_where_the_findings_begin() -> None:
    report = "CT HEAD\nIndication: knee pain.\nTechnique: axial.\n\nFindings: see MRI knee."
    assert "axial" in what_was_done(report)
    assert "knee" not in what_was_done(report)


def test_regions_and_sides_are_read_in_four_languages() -> None:
    assert regions_in("MRT der LWS") == regions_in("columna lumbar") == regions_in("腰椎") == {"spine"}
    assert sides_in("Knie links") == sides_in("left knee") == sides_in("rodilla izquierda") == sides_in("左膝") == {"L"}
    assert sides_in("HOMBRO IZQ") == sides_in("Rodilla izda.") == {"L"}
    assert sides_in("RODILLA DER AP") == sides_in("Muñeca dcha") == {"R"}
    assert sides_in("Aufnahme der Hand") == sides_in("CT der LWS") == frozenset()
    assert may_be_one(frozenset(), regions_in("knee"))
