"""Words that stand for the name of who has none yet, or whose name nobody knows, by language.

What is a common given name somewhere is left out (Son, Nino, Nina, Iker): the age tells newborns apart there.
"""

MEAN_NEWBORNS = """
    baby babys babyboy babygirl bboy bgirl boybaby girlbaby boy girl infant infants infantboy infantgirl newborn
    newborns newbornboy newborngirl neonate neonates neonatus neonatal preemie premie preterm twin twins triplet
    triplets quadruplet quintuplet stillborn stillbirth unborn foetus foetal fetus fetal embryo female
    unknown unk ukn unkn unnamed nameless noname
    neugeborenes neugeborener neugeborene neugeb säugling saeugling frühgeborenes frühgeborener frühgeborene
    fruehgeborenes fruehgeborener fruehgeborene frühchen fruehchen frühgeburt fruehgeburt mädchen maedchen zwilling
    zwillinge drilling drillinge vierling namenlos vornamenlos unbekannt unbekannte unbekannter
    nouveauné nouveaunée nourrisson jumelle jumeaux prématuré prématurée inconnu inconnue
    recién nacido nacida reciennacido bebe bebita bebito hija gemelo gemela gemelos mellizo melliza mellizos trillizo
    trillizos cuatrillizo varon hembra prematuro prematura mortinato desconocido desconocida
    neonato neonata gemellino gemellina femmina sconosciuto sconosciuta ignoto ignota
    recém recémnascido recémnascida nascido nascida gêmeo gêmea gêmeos natimorto lactente menino menina
    desconhecido desconhecida
    pasgeborene pasgeboren tweeling prematuur zuigeling boreling kindje meisje jongetje onbekend onbekende
    nyfödd nyfødt nyfødd spädbarn spedbarn tvilling pojke flicka gossebarn flickebarn okänd ukjent ukendt
    vastasyntynyt vauva poikavauva tyttövauva kaksonen tuntematon vastsündinu jaundzimušais naujagimis
    noworodek noworodka bliźniak bliźniaczka bliźnię niemowlę wcześniak dziecko nieznany nieznana
    novorozenec novorozený novorozená novorozeně novorodenec novorodenča kojenec dvojče dvojčata neznámý neznámá
    újszülött csecsemő născut nounăscut geamănă novorođenče novorodjence novorodence blizanac blizanka novorojenček
    bebek bebeği yenidoğan ikizi foshnja bayi sanggol mtoto
    daughter baobao yinger akachan shinseiji sinsaenga
    novorozhdennyy novorozhdennyi novorozhdenny novorozhdennaya novorozhdennaia malchik devochka mladenets
    новорожденный новорожденная новорожденного новорожденной новорождённый новорождённая младенец мальчик девочка
    близнец близнецы двойня тройня недоношенный недоношенная эмбрион ребенок ребёнок неизвестный неизвестная
    новонароджений новонароджена немовля хлопчик дівчинка близнюк дитина невідомий невідома
    новородено бебе близнак момче момиче новорођенче беба близанац
    νεογνό νεογέννητο βρέφος δίδυμο μωρό έμβρυο
    תינוק תינוקת יילוד ילוד תאום תאומה طفل طفلة رضيع رضيعة توأم नवजात शिशु
"""
MEAN_SURNAMES_TOO = """
    infante infantes zwilling drilling neugeboren varon varón
    kind knabe sohn tochter bub male hijo rn nn bg bb nb agi aegi babe quad nouveau garçon fille enfant jumeau bambino
    bambina lattante gemello gemella gemelli maschio feto filha barn syn córka płód plod geamăn ikiz
"""
