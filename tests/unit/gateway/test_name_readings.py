"""What is known in one writing is found in the others that a report may use, and medical words stay."""

import pytest

from anonymizer import KnownIdentity, clean_text, leaks
from gateway.known_identity import known_identity
from gateway.models import Patient, Study
from gateway.name_readings import other_characters, spoken_names


def _known(name: str) -> KnownIdentity:
    patient = Patient(name=name, patient_id="P-1", birth_date="19500304", sex="M")
    study = Study(patient_name=name, birth_date="19500304", other_names=[], other_identities=[], other_ids=[])
    study.accession_number = study.study_id = study.referring_physician = ""
    return known_identity(patient, study, None)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("张^伟", "Zhang Wei"),
        ("张^伟", "WEI ZHANG"),
        ("张^伟", "Zhang, Wei"),
        ("张^伟", "Chang Wei"),
        ("张^伟", "Cheung Wei"),
        ("张^伟", "張偉"),
        ("張^偉", "张 伟"),
        ("张伟", "ZHANG^WEI"),
        ("李^娜", "Li Na"),
        ("欧阳^娜娜", "Ou-Yang Nana"),
        ("Zhang^Wei", "Chang Wei"),
        ("Zhang^Wei", "张伟"),
        ("Zhang^Wei", "張偉"),
        ("Wang^Xiaoming", "Wang Xiao Ming"),
        ("Wang^Xiaoming", "Xiao-Ming"),
        ("Wang^Xiaoming", "Hsiao-ming Wang"),
        ("Wang^Xiaoming", "王小明"),
        ("Wang^Xiaoming", "王 晓 明"),
        ("山田^太郎", "Yamada Taro"),
        ("山田太郎", "YAMADA Tarou"),
        ("やまだ^たろう", "Yamada Taro"),
        ("Yamada^Taro", "山田太郎"),
        ("홍^길동", "Hong Gil-dong"),
        ("홍길동", "Kildong Hong"),
        ("Hong^Gildong", "Hong Gil Dong"),
        ("Hong^Gildong", "홍길동"),
        ("Kim^Min-Su", "김민수"),
        ("Lee^Jun", "이 준"),
        ("渡邉^眞", "渡辺真"),
        ("高橋^恵子", "髙橋惠子"),
        ("濵﨑^翔", "Hamasaki Sho"),
        ("山田^翔真", "Yamada Shoma"),
        ("山田^翔真", "SHOUMA YAMADA"),
        ("桐生陽菜", "Kiryu Hina"),
        ("大野^雄一", "Ohno Yuichi"),
        ("本間^修平", "Homma, Syuhei"),
        ("五十嵐^千尋", "Igarasi Tihiro"),
        ("Yamada^Shoma", "山田翔真"),
        ("Kiryu^Hina", "桐生 陽菜"),
        ("きりゅう^ひな", "桐生陽菜"),
        ("金^民秀", "김민수"),
        ("金^民秀", "Kim Min-Soo"),
        ("李^英愛", "이영애"),
        ("林^玉烈", "임 옥열"),
        ("김^민수", "金民秀"),
        ("山田^太郎", "ヤマダ タロウ"),
        ("山田^太郎", "やまだたろう"),
        ("山田太郎", "ﾔﾏﾀﾞ ﾀﾛｳ"),
        ("服部^順一", "はっとり じゅんいち"),
        ("桐生^陽菜", "キリュウヒナ"),
        ("Ivanov^Ivan", "Иванов Иван"),
        ("Ivanov^Ivan", "Ивана Иванова"),
        ("Schtscherbakow^Jewgeni", "Евгению Щербакову"),
        ("Щербаков^Евгений", "Yevgeny Shcherbakov"),
        ("Щербаков^Евгений", "SCHTSCHERBAKOW, Jewgeni"),
        ("Иванова^Анна", "Анны Ивановой"),
        ("Papadopoulos^Georgios", "Γεώργιος Παπαδόπουλος"),
        ("Papadopoulos^Georgios", "Γεωργίου Παπαδόπουλου"),
        ("Παπαδόπουλος^Γεώργιος", "Georgios Papadopulos"),
        ("Hassan^Mohammed", "محمد حسن"),
        ("El-Sayed^Abdelrahman", "عبد الرحمن السيد"),
        ("حسن^محمد", "Mohamed Hassan"),
        ("السيد^عبد الرحمن", "Abd al-Rahman El-Sayed"),
        ("Cohen^David", "דוד כהן"),
        ("כהן^דוד", "David Cohen"),
        ("Ivanov^Ivan", "Ива-\nнов Ив\u00adан"),
        ("Hassan^Mohammed", "محمد\u200f حسن"),
        ("Hassan^Mohammed", "ولمحمد حسن"),
        ("El-Sayed^Abdelrahman", "لعبد الرحمن السيد"),
        ("Cohen^David", "לדוד\u200f כהן"),
        ("Cohen^David", "דוד־כהן"),
        ("حسن^محمد", "Muḥammad Ḥasan"),
        ("حسن^محمد", "Muh\u0323ammad H\u0323asan"),
        ("علي^حسين", "Ḥusayn ʿAlī"),
        ("علي^حسين", "Hussein ‘Ali"),
        ("Ḥasan^Muḥammad", "محمد حسن"),
        ("Соловьёв^Юрий", "Solovʹev Iurii"),
        ("Шевченко^Григорий", "Григорію Шевченку"),
        ("Иванов^Сергей", "Сергій Іванов"),
        ("احمدی^رضا", "رضا أحمدي"),
        ("כהן^דוד", "כֹּהֵן דָּוִד"),
        ("El-Sayed^Abdelrahman", "عبد الرحمن محمد السيد"),
        ("Hassan^Mohammed", "محمد بن علي بن أحمد حسن"),
        ("Cohen^David", "דוד בן יוסף כהן"),
        ("Ivanova^Maria", "Мария Сергеевна Иванова"),
        ("Ivanov^Serhii", "Сергiй Iванов"),
        ("Иванов^Сергей", "Сергiю Iванову"),
        ("Benali^Youssef", "يوسف بن علي"),
        ("بن علي^يوسف", "Youssef BENALI"),
        ("الزهراني^خالد", "Khalid bin Saeed Al Zahrani"),
        ("Ben David^Rivka", "רבקה בן־דוד"),
        ("Qureshi^Ayesha", "عائشہ قریشی"),
    ],
)
def test_a_name_known_in_one_writing_is_hidden_and_noticed_in_another(name, written):
    known = _known(name)
    assert clean_text(f"CT of {written}: normal", known) == "CT of [name]: normal"
    assert leaks(f"CT of {written}: normal".encode(), known) == ["name"]
    assert leaks(b"CT of [name]: normal", known) == []


@pytest.mark.parametrize(
    ("name", "text", "cleaned"),
    [
        ("张^伟", "Zhang complains of pain", "[name] complains of pain"),
        ("张^伟", "CHEUNG, 54 y", "[name], 54 y"),
        ("李^娜", "Patientin Li klagt", "Patientin [name] klagt"),
        ("王^芳", "Pt. Wang", "Pt. [name]"),
        ("欧阳^娜娜", "Ou-Yang reports", "[name] reports"),
        ("Zhang^Wei", "Cheung reports", "[name] reports"),
        ("Zhang^Wei", "张某，因头痛", "[name]某，因头痛"),
        ("Zhang^Wei", "患者姓张，头痛", "患者姓[name]，头痛"),
        ("Ouyang^Na", "欧阳主诉头痛", "[name]主诉头痛"),
        ("山田^太郎", "Yamada klagt", "[name] klagt"),
        ("山田太郎", "YAMADA reports", "[name] reports"),
        ("Yamada^Taro", "山田は頭痛", "[name]は頭痛"),
        ("Yamada^Taro", "太郎さん", "[name]さん"),
        ("홍^길동", "Hong reports", "[name] reports"),
        ("최^민", "Patient Choe", "Patient [name]"),
        ("김^민수", "Patient Kim", "Patient [name]"),
        ("Kim^Minsu", "김씨 두통", "[name]씨 두통"),
        ("Kim^Minsu", "민수 님 두통", "[name] 님 두통"),
        ("桐生^陽菜", "Kiryu reports", "[name] reports"),
        ("Kiryu^Hina", "桐生は頭痛", "[name]は頭痛"),
        ("金^民秀", "김씨 두통", "[name]씨 두통"),
        ("山田^太郎", "やまださんは頭痛", "[name]さんは頭痛"),
        ("Ivanov^Ivan", "Пациент Иванов, 54 г.", "Пациент [name], 54 г."),
        ("Ivanov^Ivan", "ИВАНОВУ сделано КТ", "[name] сделано КТ"),
        ("Иванов^Иван", "Iwanow klagt", "[name] klagt"),
        ("Papadopoulos^Nikos", "Ο κ. Παπαδόπουλος", "Ο κ. [name]"),
        ("Salim^Hassan", "المريض سليم يشكو", "المريض [name] يشكو"),
        ("Hassan^Mohammed", "محمد حسن،٤٥ سنة", "[name]،٤٥ سنة"),
        ("Шевченко^Григорий", "Григорій поступив", "[name] поступив"),
        ("علي^رضا", "Patient ʿAlī reports", "Patient ʿ[name] reports"),
        ("Петрова^Анна", "Сделано КТ Анны", "Сделано КТ [name]"),
        ("Иванов^Иван", "передано иванову", "передано [name]"),
        ("سليم^علي", "نتيجة لسليم", "نتيجة [name]"),
        ("حسن^محمد", "Mohammed reports pain", "[name] reports pain"),
    ],
)
def test_a_part_of_a_name_known_in_another_writing_is_hidden_where_it_can_be_nothing_else(name, text, cleaned):
    known = _known(name)
    assert clean_text(text, known) == cleaned
    assert leaks(text.encode(), known) == ["name"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("진^아", "Chin and neck, chin lift"),
        ("강^민", "Gang mit Stütze, Gangbild"),
        ("张^伟", "zhang und chang"),
        ("李^娜", "Li and Na in serum"),
        ("Zhang^Wei", "张力性气胸，扩张"),
        ("Li^Na", "李氏征阴性"),
        ("Kim^Minsu", "김치, 민수기"),
        ("东芝^太郎", "Toshiba Aquilion"),
        ("龙^飞", "Long-standing lung lesion, feeding vessel"),
        ("林^森", "Linsenkern und Linsen o.B."),
        ("黄^丹", "No hanging bladder, dan"),
        ("Huang^Dan", "患者黄疸，肝内胆管扩张"),
        ("Gao^Re", "患者高热，高血压"),
        ("安^丽", "Am Rand an li. Niere"),
        ("Ander^Inge", "An der Leber, an der Niere"),
        ("Ma^Na", "Mama na ja"),
        ("张^伟", "wei und weit, Zhanger"),
        ("金^敏", "Kinn, min. 5 mm, gym"),
        ("原^真", "hara, Haramaki, machen, mai"),
        ("本^一", "moto und Motorik, hand"),
        ("李^林", "Iliopsoas, rim, Rippe"),
        ("板^井", "いたい、いたいです"),
        ("原^真", "はらまで痛い、はら"),
        ("Salim^Hassan", "الكبد سليم، تحسن حسن"),
        ("Salim^Hassan", "الشريان الأبهر سليم وحسن"),
        ("Kist^Jan", "Киста почки, Кисты"),
        ("Ivanova^Maria", "Марионетка, Ивановский район"),
        ("Иванов^Вера", "Very small nodule"),
        ("Ivanov^Ivan", "Ивлев Петр"),
        ("Ali^Salim", "على المفصل سليم"),
    ],
)
def test_words_that_only_sound_like_a_part_of_the_name_stay(name, text):
    assert clean_text(text, _known(name)) == text
    assert leaks(text.encode(), _known(name)) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Левин^Лев", "Правый и левый, слева киста. Левой почки."),
        ("Петрова^Анна", "данная ванна"),
        ("Иванов^Иван", "Ивановский район"),
        ("Παππά^Σοφία", "φιλοσοφία"),
        ("سليم^علي", "الكلى سليمة عليه"),
        ("כהן^דוד", "כהנא ודודה"),
    ],
)
def test_a_name_is_not_cut_out_of_another_word_which_would_tell_it(name, text):
    assert clean_text(text, _known(name)) == text
    assert leaks(text.encode(), _known(name)) == []


@pytest.mark.parametrize(("name", "text"), [("Cohen^David", "Mr. Cohen ודוד"), ("Ivanov^Ivan", "Herr Ivan, ivanov КТ")])
def test_what_the_cleaning_leaves_behind_a_name_the_check_leaves_too(name, text):
    assert leaks(clean_text(text, _known(name)).encode(), _known(name)) == []


@pytest.mark.parametrize(
    ("name", "text", "cleaned"),
    [
        ("Shevchenko^Hryhorii", "Г.П. Шевченко поступив", "[name] поступив"),
        ("Shevchenko^Hryhorii", "Шевченко Г. П. поступив", "[name] поступив"),
        ("Papadopoulou^Maria", "Παπαδοπούλου Μ. ήρθε", "[name] ήρθε"),
        ("Papadopoulou^Maria", "Παπαδοπούλου-Γεωργίου", "[name]"),
        ("Papadopoulou^Maria", "Γεωργίου-Παπαδοπούλου", "[name]"),
        ("Cohen^David", "דוד כהן־לוי", "[name]"),
        ("Smith^John", "Smith J. P. came", "[name] came"),
    ],
)
def test_initials_and_the_other_half_of_a_double_name_go_with_a_name_in_any_alphabet(name, text, cleaned):
    assert clean_text(text, _known(name)) == cleaned


def test_characters_come_simplified_and_traditional():
    assert "張^偉" in other_characters("张^伟") and "张^伟" in other_characters("張^偉")
    assert other_characters("Müller^Hans") == ()


def test_the_ways_of_writing_come_in_the_same_order_every_time():
    once = spoken_names(("Wang^Xiaoming=王^小明", "홍^길동"))
    assert once and once == spoken_names(("Wang^Xiaoming=王^小明", "홍^길동"))
    assert all(isinstance(way, str) for name in once for part in name for way in part)


def test_a_western_name_gains_no_characters():
    assert all(way.isascii() for name in spoken_names(("Müller^Anna",)) for part in name for way in part)
