"""The patients and the staff around them. Nobody here exists, and no string here occurs anywhere by accident.

A name is a DICOM person name (PS3.5 6.2): components parted by carets, the alphabetic, ideographic and phonetic groups
by equals signs. Components are long, so that a search of raw bytes for one of them proves something.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Staff:
    """Name those around a study as DICOM person names."""

    referring: str
    requesting: str
    performing: str
    operator: str
    reading: str


@dataclass(frozen=True)
class SamplePatient:
    """Hold everything that identifies one patient.

    `relative` is who is named in free text, `prior_id` and `former_name` are what the hospital called the patient
    earlier, `note` is a private remark that a scanner stored outside the standard elements.
    """

    name: str
    patient_id: str
    birth_date: str
    sex: str
    age: str
    weight: str
    height: str
    former_name: str
    mother_birth_name: str
    relative: str
    prior_id: str
    other_id: str
    street: str
    phone: str
    note: str
    charset: tuple[str, ...] = ()


US_STAFF = Staff(
    "Whitcombe^Rosalind^^Dr",
    "Farnsworthy^Desmond^^Dr",
    "Oglethorpe^Beatrix^^Dr",
    "Tillinghast^Marvin",
    "Castellanoz^Imogen^^Dr",
)
DE_STAFF = Staff(
    "Dr. Föhrenbacher^Ulrich",
    "Dr. Schönwälder^Irmgard",
    "Dr. Hufnageler^Matthäus",
    "Kräutlein^Sörine",
    "Prof. Übelacker^Roswitha",
)
CN_STAFF = Staff(
    "Zhuge^Wenbo=诸葛^文博",
    "Murong^Yating=慕容^雅婷",
    "Linghu^Chengyu=令狐^承宇",
    "Huangfu^Ruolin=皇甫^若琳",
    "Dongfang^Kaixuan=东方^凯旋",
)
CN_STAFF_ROMAN = Staff("Zhuge^Wenbo", "Murong^Yating", "Linghu^Chengyu", "Huangfu^Ruolin", "Dongfang^Kaixuan")

SIOBHAN = SamplePatient(
    name="Dunmorevale^Siobhán^Orlaith", patient_id="NV-4471902", birth_date="19590307", sex="F", age="067Y",
    weight="71.4", height="1.66", former_name="Castlereaghan^Siobhán", mother_birth_name="Mulvaneyson",
    relative="Fergal Dunmorevale", prior_id="NV-LEGACY-00718", other_id="SSN-917-55-0142",
    street="17 Herringbone Crescent", phone="617-555-0142", note="Call Fergal Dunmorevale before contrast",
    charset=("ISO_IR 100",),
)  # fmt: skip
CORNELIUS = SamplePatient(
    name="Haverstocke^Cornelius^Jasper", patient_id="NV-5520667", birth_date="19480922", sex="M", age="077Y",
    weight="84.0", height="1.79", former_name="Haverstocke^Neil", mother_birth_name="Pennypackerly",
    relative="Lucretia Haverstocke", prior_id="NV-LEGACY-03391", other_id="SSN-932-55-0187",
    street="2208 Wainwright Hollow", phone="617-555-0187", note="Veteran card of Haverstocke on file",
)  # fmt: skip
ZDZISLAWA = SamplePatient(
    name="Przybyłkowska^Zdzisława", patient_id="NV-6083214", birth_date="19671118", sex="F", age="058Y",
    weight="66.0", height="1.62", former_name="Szczepańczyk^Zdzisława", mother_birth_name="Grzegrzółkiewicz",
    relative="Bożydar Przybyłkowski", prior_id="NV-LEGACY-05526", other_id="SSN-948-55-0119",
    street="903 Larkspurton Terrace", phone="617-555-0119", note="Interpreter Bożydar Przybyłkowski",
    charset=("ISO_IR 192",),
)  # fmt: skip
THADDEUS = SamplePatient(
    name="Abernathyson^Thaddeus", patient_id="61840275", birth_date="19720514", sex="M", age="053Y",
    weight="90.5", height="1.83", former_name="Abernathyson^Ted", mother_birth_name="Quillfeatherly",
    relative="Clementine Abernathyson", prior_id="NV-LEGACY-08842", other_id="SSN-951-55-0163",
    street="61 Saltmarsh Turnpike", phone="617-555-0163", note="Employer of Abernathyson pays",
    charset=("ISO_IR 100",),
)  # fmt: skip
ANNEGRET = SamplePatient(
    name="Müllerhöfer^Annegret^^Dr.", patient_id="LB-20931177", birth_date="19810630", sex="F", age="044Y",
    weight="63.2", height="1.71", former_name="Jägersdörfer^Annegret", mother_birth_name="Weißgerberin",
    relative="Günther Müllerhöfer", prior_id="LB-ALT-771204", other_id="KVNR-A123456780",
    street="Bärenklaustraße 45", phone="0151-23450142", note="Rückruf an Günther Müllerhöfer",
    charset=("ISO_IR 100",),
)  # fmt: skip
JOERG = SamplePatient(
    name="Großkreuzer^Jörg-Wilhelm", patient_id="LB-20887345", birth_date="19551204", sex="M", age="070Y",
    weight="92.0", height="1.77", former_name="Großkreuzer^Jörg", mother_birth_name="Löwenthalerin",
    relative="Käthe Großkreuzer", prior_id="LB-ALT-550318", other_id="KVNR-B987654329",
    street="Am Zwiebelmarktplatz 3", phone="0171-98760187", note="Betreuerin Käthe Großkreuzer",
    charset=("ISO_IR 100",),
)  # fmt: skip
MARGARETHE = SamplePatient(
    name="Steinfürther^Margarethe", patient_id="LB-21044590", birth_date="19630217", sex="F", age="063Y",
    weight="58.8", height="1.64", former_name="Ährenfelder^Margarethe", mother_birth_name="Dornbuschin",
    relative="Ansgar Steinfürther", prior_id="LB-ALT-630442", other_id="KVNR-C456123784",
    street="Nachtigallensteig 19", phone="0160-45670119", note="Wahlleistung Steinfürther",
    charset=("ISO_IR 100",),
)  # fmt: skip
HANNELORE = SamplePatient(
    name="Weißenbrücker^Hannelore", patient_id="61840275", birth_date="19460809", sex="F", age="079Y",
    weight="69.9", height="1.60", former_name="Zitzelsberger^Hannelore", mother_birth_name="Eichendörferin",
    relative="Volkmar Weißenbrücker", prior_id="LB-ALT-460977", other_id="KVNR-D741852960",
    street="Holunderbuschgasse 8", phone="0152-74100163", note="Pflegeheim von Weißenbrücker",
    charset=("ISO_IR 100",),
)  # fmt: skip
XIAOLAN = SamplePatient(
    name="Ouyang^Xiaolan=欧阳^晓岚", patient_id="JL-30118846", birth_date="19680425", sex="F", age="058Y",
    weight="57.0", height="1.61", former_name="Ouyang^Guifang=欧阳^桂芳", mother_birth_name="Sikouxing=司寇杏",
    relative="欧阳振邦", prior_id="JL-OLD-118846", other_id="YB330106680425",
    street="云栖市听涛路十六号", phone="13800550142", note="联系人欧阳振邦",
    charset=("GB18030",),
)  # fmt: skip
TOMA = SamplePatient(
    name="Kusanagi^Toma=草薙^冬馬=くさなぎ^とうま", patient_id="JL-30120733", birth_date="19510103", sex="M",
    age="075Y", weight="64.3", height="1.68", former_name="Kusanagi^Tomo=草薙^朋美=くさなぎ^ともみ",
    mother_birth_name="Kurokawa=黒川内=くろかわ", relative="草薙千鶴子", prior_id="JL-OLD-120733",
    other_id="TK5510103077", street="神奈川県葉隠町三丁目", phone="090-5501-0187", note="連絡先草薙千鶴子",
    charset=("", "ISO 2022 IR 87"),
)  # fmt: skip
MINGZHE = SamplePatient(
    name="Shangguan^Mingzhe=上官^明哲", patient_id="JL-30125561", birth_date="19900812", sex="M", age="035Y",
    weight="73.5", height="1.76", former_name="Shangguan^Xiaohu=上官^小虎", mother_birth_name="Xiahouyu=夏侯瑜",
    relative="上官慧敏", prior_id="JL-OLD-125561", other_id="YB330106900812",
    street="云栖市望月巷二十三号", phone="13800550119", note="家属上官慧敏陪同",
    charset=("ISO_IR 192",),
)  # fmt: skip
