"""Where the patient of a case lives, which says who may read it (`worklist.items.require_licence`).

Most reports tell a country, or a state and leave the country unsaid, as that is the hospital's own. So what a way of
writing reports down reads is placed here, where the site is known: a state counts where the site's country has it. An
address in free words may be the hospital's own, so that it tells only what nothing else told. Of a case, or a study
without one, that tells nothing the site's own default is taken (`overread site set NAME --jurisdiction US-MA`); it is
never written into the case, so that whatever a report tells later takes its place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from gateway.case_reports.countries import country_in_words, has_states, home_of, in_address, jurisdiction_in
from gateway.models import Case, Site

LONGEST_STATE = 64
_UNKNOWN = (
    "the patient's state, told without a country, is none of the site's country by its code or name: "
    "send the country with it, or enter where the patient lives on the case's page"
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
    """Where a patient is taken to live, and who says so; both empty where nobody does."""

    jurisdiction: str
    by: Literal["", "report", "site"]


def read_homes(homes: Sequence[tuple[str, str]]) -> tuple[str, Residence]:
    """Return where addresses of country and state lie, the first that tells it; else the first state told alone."""
    found = next((code for country, state in homes if (code := home_of(country, state))), "")
    state = next((state for _, state in homes if any(c.isalnum() for c in state)), "")
    return found, Residence() if found else Residence(state=state.strip()[:LONGEST_STATE])


def place(site: Site, jurisdiction: str, told: Residence, addresses: Iterable[str]) -> Told:
    """Return where a document of a site says that its patient lives, with the state that could not be placed."""
    country = site.country or ""
    if jurisdiction:
        return Told(jurisdiction)
    states = (told.state, *told.perhaps)
    if found := next(
        (code for each in states if (code := jurisdiction_in(country, each) or country_in_words(each))), ""
    ):
        return Told(found)
    lines = (*told.addresses, *addresses)
    return Told(next((code for each in lines if (code := in_address(country, each))), ""), False, told.state)


def take_home(case: Case, home: Told, *, moves: bool = True) -> str:
    """Return where a case's patient is to live by what is told, and keep a state that could not be placed.

    What is told `moves` them where it is sure; else it is taken where nothing was told.
    """
    if home.jurisdiction or home.state:
        case.home_state = home.state
    return home.jurisdiction if not case.jurisdiction or (home.sure and moves) else ""


def lives_in(site: Site, case: Case | None) -> LivesIn:
    """Return where the patient of a case, or of a study without one, is taken to live."""
    if case is not None and (told := case.jurisdiction or jurisdiction_in(site.country or "", case.home_state)):
        return LivesIn(told, "report")
    return LivesIn(site.jurisdiction, "site" if site.jurisdiction else "")


def note_on_state(site: Site, case: Case) -> str | None:
    """Return what whoever told a state that could not be placed should do, None where there is none."""
    if not case.home_state or not has_states(site.country or ""):
        return None
    return None if jurisdiction_in(site.country or "", case.home_state) else _UNKNOWN


def note_at_desk(site: Site, case: Case) -> str | None:
    """Return it with what is not the sender's to do: the site may lack its country."""
    if case.home_state and not case.jurisdiction and not site.country:
        return _NO_COUNTRY.format(site.name)
    return note_on_state(site, case)
