"""How common a name is: counted among the site's open cases, and by what is known at large while these are few.

Two people who share Wang say little, two who share Ficklscherer much. The shares are rounded from what census and
registration offices publish (share of all bearers of any name in the countries where the name is at home).
"""

from collections.abc import Iterable, Mapping

from gateway.matching.spelling import bare_word

UNLISTED = 2e-4
_WORTH_OF_THE_PRIOR = 1000

_SHARES = {
    0.07: "王 李 wang li kim 김 金 nguyen 阮",
    0.06: "张 張 zhang tran maria",
    0.05: "刘 劉 陈 陳 liu chen lee 이 garcia",
    0.03: "杨 楊 yang park 박 朴 rodriguez gonzalez fernandez lopez martinez sanchez perez jose juan mary john "
    "muhammad",
    0.02: "黄 黃 赵 趙 吴 吳 周 徐 孙 孫 马 馬 朱 胡 林 郭 何 高 罗 羅 huang zhao wu zhou xu sun ma zhu hu lin guo he "
    "gao luo "
    "choi 최 jung 정 james robert michael david william ana carmen antonio ali ahmed",
    0.01: "郑 鄭 梁 谢 謝 宋 唐 许 許 邓 鄧 冯 馮 韩 韓 曹 曾 彭 萧 蔡 潘 田 董 袁 于 余 叶 葉 蒋 杜 苏 魏 程 吕 丁 "
    "沈 任 姚 卢 "
    "zheng liang xie song tang deng feng han cao zeng peng xiao cai pan tian dong yuan yu ye jiang du su wei cheng lu "
    "ding shen ren yao smith jones williams brown muller mueller 佐藤 鈴木 sato suzuki gomez ruiz diaz hernandez "
    "jimenez "
    "anna hans peter paul thomas mark daniel george linda barbara elizabeth susan jennifer patricia francisco luis "
    "carlos manuel miguel jesus pedro javier singh kumar kaur wei jing min ying lei jun fang hui ming hong mohamed "
    "fatima",
    0.005: "johnson davis miller wilson moore taylor anderson jackson white harris martin thompson clark lewis "
    "robinson "
    "walker hall allen young king wright hill scott green adams baker nelson carter mitchell roberts turner phillips "
    "campbell evans edwards schmidt schneider fischer weber meyer wagner becker schulz hoffmann schafer schaefer koch "
    "bauer richter klein wolf schroder schroeder neumann schwarz 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 takahashi "
    "tanaka ito "
    "watanabe yamamoto nakamura kobayashi kato alvarez moreno munoz alonso gutierrez romero navarro torres dominguez "
    "vazquez ramos gil ramirez flores rivera cruz morales ortiz reyes jane sarah karen nancy lisa betty sandra helen "
    "charles joseph richard christopher matthew anthony donald steven andrew kenneth joshua kevin brian edward ursula "
    "monika petra sabine andrea claudia susanne wolfgang klaus jurgen juergen dieter manfred stefan michael andreas",
}
_SHARES_IN_OTHER_ALPHABETS = {
    0.05: "محمد γεώργιος ιωάννης μαρία",
    0.03: "أحمد علي κωνσταντίνος δημήτριος ελένη александр елена",
    0.02: "حسن حسين محمود فاطمة خان νικόλαος αικατερίνη βασιλική сергей татьяна ольга наталья анна мария владимир כהן",
    0.01: "إبراهيم مصطفى عمر خالد يوسف مريم زينب رضا παναγιώτης βασίλειος χρήστος γεωργία σοφία αθανάσιος "
    "андрей алексей дмитрий михаил николай иван ирина светлана людмила екатерина галина юлия виктор василий юрий "
    "олександр сергій тетяна володимир наталія ирина оксана иванов иванова смирнов смирнова петров петрова лев לוי "
    "משה דוד יוסף שרה רחל",
    0.005: "حسني سعيد كريم حميد سالم جمال نور سارة عائشة خديجة παπαδόπουλος παπαδοπούλου ευαγγελία αναστάσιος "
    "кузнецов кузнецова попов попова соколов соколова лебедев лебедева козлов козлова новиков новикова морозов "
    "морозова волков волкова соловьёв васильев васильева павлов павлова семёнов семёнова шевченко мельник коваленко "
    "бондаренко бойко ткаченко георгиев георгиева димитров димитрова јовановић петровић николић מזרחי פרץ ביטון",
}
_AT_LARGE = {word: share for share, words in _SHARES.items() for word in words.split()} | {
    bare_word(word): share for share, words in _SHARES_IN_OTHER_ALPHABETS.items() for word in words.split()
}


def share_at_large(word: str) -> float:
    """Return the share of people who bear a name, as far as it is known without counting."""
    return _AT_LARGE.get(word, UNLISTED)


def share(word: str, counted: Mapping[str, int], population: int) -> float:
    """Return the share of people who bear a name, from what was counted among so many and what is known at large."""
    return (counted.get(word, 0) + _WORTH_OF_THE_PRIOR * share_at_large(word)) / (population + _WORTH_OF_THE_PRIOR)


def shares_of(words: Iterable[str], counted: Mapping[str, int], population: int) -> float:
    """Return the share of people who bear all of some names; given names and surnames are not wholly independent."""
    product, least = 1.0, 1.0
    for word in words:
        each = share(word, counted, population)
        product, least = product * each, min(least, each)
    return max(product, least * 1e-4)
