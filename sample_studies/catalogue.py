"""The studies, one literal entry each: read this table to know what the node is sent.

Two share a PatientID and a Study Instance UID across two hospitals (`ct-twin-north`, `ct-twin-south`), one has no case
(`mr-unknown`), one has a case that agrees only in part (`ct-followup`), and one shows a name in its pixels (`us-echo`).
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone

from sample_studies import people
from sample_studies.acquisitions import ct, mr, us, xa, xray
from sample_studies.plan import CasePlan, Picture, Scanner, Size, StudyPlan
from sample_studies.sites import JINLANHU, LINDENBERG, NORTHFIELD

Acquisition = Callable[[StudyPlan, Size], Iterator[Picture]]


def _at(hours: int, moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=timezone(timedelta(hours=hours)))


_CT_HEAD = StudyPlan(
    slug="ct-head", site=NORTHFIELD, patient=people.SIOBHAN, staff=people.US_STAFF, modality="CT",
    scanner=Scanner("Quarrymill", "Helios 128", "QMS-CT-771842", "NVH-CT-ER7731"),
    when=_at(-5, "2026-03-09T22:41:07"), accession="NVACC26030917", study_id="NVS88121",
    description="CT HEAD W/O CONTRAST", body_part="HEAD", procedure=("CTH1", "CT of head without contrast"),
    expected_state="matched",
    case=CasePlan(
        "Is surgery or transfer needed, and is an underlying lesion likely?",
        accession=True, patient_id=True, study_uid=True, body_part="HEAD",
    ),
)  # fmt: skip
_US_ECHO = StudyPlan(
    slug="us-echo", site=NORTHFIELD, patient=people.CORNELIUS, staff=people.US_STAFF, modality="US",
    scanner=Scanner("Quarrymill", "Sonora 9", "QMS-US-330961", "NVH-ECHO-LAB2"),
    when=_at(-5, "2026-02-17T10:05:30"), accession="NVACC26021755", study_id="NVS87440",
    description="ECHO LIMITED", body_part="HEART", procedure=("ECHO2", "Limited echocardiogram"),
    expected_state="matched", disposition="quarantined",
    case=CasePlan("Is the systolic function truly normal?", patient_id=True, study_uid=True, body_part="HEART"),
)  # fmt: skip
_MAMMOGRAPHY = StudyPlan(
    slug="mammography", site=NORTHFIELD, patient=people.ZDZISLAWA, staff=people.US_STAFF, modality="MG",
    scanner=Scanner("Quarrymill", "Mammia S", "QMS-MG-902215", "NVH-MAMMO-3"),
    when=_at(-5, "2026-04-21T14:20:11"), accession="NVACC26042108", study_id="NVS90017",
    description="DIAG MAMMO RIGHT", body_part="BREAST", procedure=("MGR1", "Diagnostic mammography, right"),
    expected_state="matched",
    case=CasePlan("Do you agree with BI-RADS 5 before biopsy?", accession=True, patient_id=True, body_part="BREAST"),
)  # fmt: skip
_TWIN_NORTH = StudyPlan(
    slug="ct-twin-north", site=NORTHFIELD, patient=people.THADDEUS, staff=people.US_STAFF, modality="CT",
    scanner=Scanner("Quarrymill", "Helios 128", "QMS-CT-771842", "NVH-CT-ER7731"),
    when=_at(-5, "2026-01-27T08:15:00"), accession="NVACC26012733", study_id="NVS86602",
    description="CT HEAD LIMITED", body_part="HEAD", procedure=("CTH1", "CT of head without contrast"),
    expected_state="matched", uid_words=("twin",),
    case=CasePlan("Is the limited examination sufficient?", patient_id=True, study_uid=True, body_part="HEAD"),
)  # fmt: skip
_MR_BRAIN = StudyPlan(
    slug="mr-brain", site=LINDENBERG, patient=people.ANNEGRET, staff=people.DE_STAFF, modality="MR",
    scanner=Scanner("Mühlentechnik", "Resonanz 15", "MT-MR-4410087", "LBG-MRT-H7"),
    when=_at(1, "2026-03-18T09:32:44"), accession="LBACC26031842", study_id="LBS55120", door="upload",
    description="MRT SCHÄDEL NATIV", body_part="BRAIN", procedure=("MRK1", "MRT des Schädels"),
    expected_state="matched",
    case=CasePlan(
        "Stützt die Bildgebung die Diagnose einer Multiplen Sklerose?",
        accession=True, patient_id=True, study_uid=True, body_part="BRAIN",
    ),
)  # fmt: skip
_DX_CHEST = StudyPlan(
    slug="dx-chest", site=LINDENBERG, patient=people.JOERG, staff=people.DE_STAFF, modality="DX",
    scanner=Scanner("Mühlentechnik", "Lumen DR", "MT-DR-2209316", "LBG-DR-AMB1"),
    when=_at(1, "2026-02-05T11:48:02"), accession="LBACC26020519", study_id="LBS54077",
    description="RÖNTGEN THORAX 2 EBENEN", body_part="CHEST", procedure=("RTH2", "Thorax in zwei Ebenen"),
    expected_state="matched",
    case=CasePlan("Ist der Rundherd abklärungsbedürftig?", study_uid=True, body_part="CHEST"),
)  # fmt: skip
_CT_FOLLOWUP = StudyPlan(
    slug="ct-followup", site=LINDENBERG, patient=people.MARGARETHE, staff=people.DE_STAFF, modality="CT",
    scanner=Scanner("Mühlentechnik", "Spira 64", "MT-CT-7715530", "LBG-CT-NOTF2"),
    when=_at(1, "2026-04-02T23:07:19"), accession="LBACC26040277", study_id="LBS56231",
    description="CT SCHÄDEL VERLAUF", body_part="HEAD", procedure=("CTK1", "CT des Schädels nativ"),
    expected_state="unmatched",
    case=CasePlan(
        "Ist eine Blutung sicher ausgeschlossen?",
        name="Steinfurter^Margarete", study_date="20260403", body_part="HEAD",
    ),
)  # fmt: skip
_TWIN_SOUTH = StudyPlan(
    slug="ct-twin-south", site=LINDENBERG, patient=people.HANNELORE, staff=people.DE_STAFF, modality="CT",
    scanner=Scanner("Mühlentechnik", "Spira 64", "MT-CT-7715530", "LBG-CT-NOTF2"),
    when=_at(1, "2026-01-13T16:29:55"), accession="LBACC26011304", study_id="LBS53318",
    description="CT SCHÄDEL", body_part="HEAD", procedure=("CTK1", "CT des Schädels nativ"),
    expected_state="unmatched", uid_words=("twin",),
)  # fmt: skip
_CT_CHEST = StudyPlan(
    slug="ct-chest", site=JINLANHU, patient=people.XIAOLAN, staff=people.CN_STAFF, modality="CT",
    scanner=Scanner("Lakeside Digital", "Ming 256", "LD-CT-5561903", "JLH-CT-3F02"),
    when=_at(8, "2026-05-06T15:12:36"), accession="JLACC26050631", study_id="JLS30452",
    description="胸部CT增强", body_part="CHEST", procedure=("CTC2", "胸部增强扫描"),
    expected_state="matched",
    case=CasePlan(
        "右上肺结节良恶性判断及下一步处理?", accession=True, patient_id=True, study_uid=True, body_part="CHEST"
    ),
)  # fmt: skip
_XA_CORONARY = StudyPlan(
    slug="xa-coronary", site=JINLANHU, patient=people.TOMA, staff=people.CN_STAFF_ROMAN, modality="XA",
    scanner=Scanner("Lakeside Digital", "Angia 20", "LD-XA-1187204", "JLH-CATH-2"),
    when=_at(8, "2026-04-14T10:44:50"), accession="JLACC26041466", study_id="JLS29871",
    description="CORONARY ANGIOGRAPHY", body_part="HEART", procedure=("CAG1", "Coronary angiography"),
    expected_state="matched", native=False,
    case=CasePlan("前降支病变是否需要介入治疗?", study_date="20260414", body_part="HEART"),
)  # fmt: skip
_MR_UNKNOWN = StudyPlan(
    slug="mr-unknown", site=JINLANHU, patient=people.MINGZHE, staff=people.CN_STAFF, modality="MR",
    scanner=Scanner("Lakeside Digital", "Resona 30", "LD-MR-6604418", "JLH-MR-1F01"),
    when=_at(8, "2026-05-20T08:03:27"), accession="JLACC26052012", study_id="JLS30977",
    description="头颅MR平扫", body_part="BRAIN", procedure=("MRH1", "头颅平扫"),
    expected_state="unmatched",
)  # fmt: skip

CATALOGUE: tuple[tuple[StudyPlan, Acquisition], ...] = (
    (_CT_HEAD, ct.head_with_bleed),
    (_US_ECHO, us.echocardiogram),
    (_MAMMOGRAPHY, xray.right_breast_pair),
    (_TWIN_NORTH, ct.head_pair),
    (_MR_BRAIN, mr.brain_with_plaques),
    (_DX_CHEST, xray.chest_two_views),
    (_CT_FOLLOWUP, ct.head_plain),
    (_TWIN_SOUTH, ct.head_pair),
    (_CT_CHEST, ct.chest_with_nodule),
    (_XA_CORONARY, xa.coronary_runs),
    (_MR_UNKNOWN, mr.brain_plain),
)
