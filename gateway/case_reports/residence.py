"""Where the patient of a case lives, which says who may read it (`worklist.items.require_licence`).

Most reports tell a country, or a state and leave the country unsaid, as that is the hospital's own. So what a way of
writing reports down reads is placed here, where the site is known: a state counts where the site's country has it. An
address in free words may be the hospital's own, so that it tells only what nothing else told. Of a case, or a study
without one, that tells nothing the site's own default is taken (`overread site set NAME --jurisdiction US-MA`); it is
never written into the case, so that whatever a report tells later takes its place. What a report tells and nobody can
place is no such case: the patient lives elsewhere, may be, and nobody is licensed there before somebody says where. Nor
is anybody where neither tells anything and readers need a licence (`worklist.require_licence`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from gateway.case_reports.countries import (
    country_in_words,
    has_states,
    home_of,
    in_address,
    jurisdiction_in,
    needs_state,
)
from gateway.models import Case, Site

LONGEST_STATE = 64
NOWHERE = "ZZ"  # a code that ISO 3166-1 gives to no country
ABROAD = "country: "  # what a home begins with of which the country is told and is none that is known; no state does
_UNTOLD = frozenset(
    {"unk", "unknown", "u", "n/a", "none", "null", "unbekannt", "desconocido", "desconocida", "未知", "不详"}
)
_UNKNOWN = (
    "the patient's state, told without a country, is none of the site's country by its code or name: "
    "send the country with it, or enter where the patient lives on the case's page"
)
_UNKNOWN_COUNTRY = (
    "the patient's country is none that is known by this code or name: send its ISO 3166 code, or enter where the "
    "patient lives on the case's page"
)
_NO_STATE = (
    "the patient's country is told without one of its states, by which doctors are licensed there: send the state, or "
    "enter where the patient lives on the case's page"
)
_UNTOLD_HOME = (
    "nobody has told where the patient lives, and whoever reads needs a licence for that: send the patient's country, "
    "and the state where doctors are licensed by states, or enter where the patient lives on the case's page"
)
_BY_DEFAULT = (
    ", or say where all patients live of whom the hospital tells nothing: `overread site set {0} --jurisdiction`"
)
_NO_COUNTRY = "the patient's state was told without a country, and the site has none: `overread site set {0} --country`"


@dataclass(frozen=True)
class Residence:
    """What a document tells beside its jurisdiction: a state without a country, words that may be one, addresses."""

    state: str = ""
    perhaps: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


class Told(NamedTuple):
    """Where a patient lives as a document tells it; one that is not `sure` moves nobody whose home was told."""

    jurisdiction: str = ""
    sure: bool = True
    state: str = ""


UNTOLD = Told()


class LivesIn(NamedTuple):
    """Where a patient is taken to live, and who says so; both empty where nobody does.

    It is `unplaced` where a report tells it and it cannot be told which jurisdiction that is.
    """

    jurisdiction: str
    by: Literal["", "report", "site", "unplaced"]

    @property
    def licensed_in(self) -> str:
        """Return where a reader has to be licensed, empty where nobody told it; nobody is in `NOWHERE`."""
        return NOWHERE if self.by == "unplaced" else self.jurisdiction


def read_homes(homes: Sequence[tuple[str, str]]) -> tuple[str, Residence]:
    """Return where addresses of country and state lie, the first that tells it, and a state that is none of its own.

    Where none does it is the first country told, which is not known then, else the first state told alone.
    """
    for country, state in homes:
        if code := home_of(country, state):
            return code, Residence(state=_told(state) if needs_state(code) else "")
    country = next(filter(None, (_told(country) for country, _ in homes)), "")
    state = next(filter(None, (_told(state) for _, state in homes)), "")
    return "", Residence(state=abroad(country) if country else state)


def abroad(country: str) -> str:
    """Return the words of a country that is not known as a home that is no state of another, empty for none told."""
    return f"{ABROAD}{told}"[:LONGEST_STATE] if (told := _told(country)) else ""


def _told(words: str) -> str:
    """Return words of an address, empty where they say that nothing is known."""
    words = words.strip()
    return words[:LONGEST_STATE] if any(c.isalnum() for c in words) and words.casefold() not in _UNTOLD else ""


def place(site: Site, jurisdiction: str, told: Residence, addresses: Iterable[str]) -> Told:
    """Return where a document of a site says that its patient lives, with the state that could not be placed."""
    country = site.country or ""
    if jurisdiction:
        return Told(jurisdiction, state=told.state)
    states = (told.state, *told.perhaps)
    if found := next(
        (code for each in states if (code := jurisdiction_in(country, each) or country_in_words(each))), ""
    ):
        return Told(found)
    lines = (*told.addresses, *addresses)
    return Told(next((code for each in lines if (code := in_address(country, each))), ""), False, told.state)


def take_home(case: Case, home: Told, *, moves: bool = True) -> str:
    """Return where a case's patient is to live by what is told, and keep a state that could not be placed.

    What is told `moves` them where it is sure; else it is taken where nothing was told. A country alone moves nobody
    within it.
    """
    if home.jurisdiction or home.state:
        case.home_state = home.state
    if needs_state(home.jurisdiction) and case.jurisdiction.startswith(f"{home.jurisdiction}-"):
        return ""
    return home.jurisdiction if not case.jurisdiction or (home.sure and moves) else ""


def lives_in(site: Site, case: Case | None) -> LivesIn:
    """Return where the patient of a case, or of a study without one, is taken to live."""
    default = LivesIn(site.jurisdiction, "site" if site.jurisdiction else "")
    if case is None:
        return default
    if told := case.jurisdiction or jurisdiction_in(site.country or "", case.home_state):
        within = needs_state(told) and not case.home_state and site.jurisdiction.startswith(f"{told}-")
        return default if within else LivesIn(told, "report")
    return LivesIn("", "unplaced") if _is_unplaced(site, case) else default


def lacks_home(site: Site, case: Case) -> bool:
    """Say whether nobody can be licensed where the patient lives, as it is not told, or not in full, or is nowhere."""
    home = lives_in(site, case)
    return not home.jurisdiction or needs_state(home.jurisdiction)


def note_on_state(site: Site, case: Case, *, licensed: bool) -> str | None:
    """Return what whoever told a home that could not be placed should do, None where there is none.

    Where readers have to be `licensed` also what to do where none was told.
    """
    if case.home_state.startswith(ABROAD):
        return _UNKNOWN_COUNTRY
    if needs_state(lives_in(site, case).jurisdiction):
        return _NO_STATE
    if _is_unplaced(site, case):
        return _UNKNOWN if site.country else None
    return _UNTOLD_HOME if licensed and case.state == "open" and not lives_in(site, case).by else None


def _is_unplaced(site: Site, case: Case) -> bool:
    """Say whether the home that a case was told last lies in no jurisdiction that could be told.

    A state of a country of which no states are known may be one.
    """
    country = site.country or ""
    if not case.home_state or jurisdiction_in(country, case.home_state):
        return False
    return not country or has_states(country) or case.home_state.startswith(ABROAD)


def note_at_desk(site: Site, case: Case, *, licensed: bool) -> str | None:
    """Return it with what is not the sender's to do: the site may lack its country."""
    if case.home_state and not case.jurisdiction and not site.country:
        return _NO_COUNTRY.format(site.name)
    note = note_on_state(site, case, licensed=licensed)
    return note + _BY_DEFAULT.format(site.name) if note == _UNTOLD_HOME else note
