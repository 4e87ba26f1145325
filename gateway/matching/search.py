"""Find the open cases near studies: for one that arrives, or for many that look again, in the same few statements.

A key that very many cases share narrows nothing down: a pair that has nothing but such a key in common, like a name
that a thousand bear, could not be told from the others anyway.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.desk_models import Rejection
from gateway.matching.blocking import RARE, BlockKeys, study_block_keys
from gateway.matching.evidence import Population
from gateway.matching.keys import CaseKeys, StudyKeys, case_keys
from gateway.matching.models import CaseBlock
from gateway.models import Case, Site, Study

KEY_COLUMNS = (
    Case.id,
    Case.case_number,
    Case.study_uids,
    Case.accession_numbers,
    Case.accession_issuers,
    Case.patient_ids,
    Case.id_kinds,
    Case.addresses,
    Case.telephones,
    Case.patient_name,
    Case.other_names,
    Case.birth_date,
    Case.birth,
    Case.own_words,
    Case.sex,
    Case.study_date,
    Case.report_date,
    Case.modality,
    Case.body_part,
    Case.said,
)
_MOST_NAMED = 200
_MOST_NARROWED = 25
_MOST_SHARED = 1000
_AT_ONCE = 5000


@dataclass(frozen=True)
class Surroundings:
    """The open cases worth comparing with a study, among whom it looks, and by which keys it was looked for."""

    cases: tuple[CaseKeys, ...]
    population: Population
    blocks: BlockKeys


def cases_near(session: Session, studies: Sequence[tuple[Study, StudyKeys]]) -> list[Surroundings]:
    """Return what is near each of some studies; what a person said does not belong together is left out."""
    blocks = [study_block_keys(study.site, keys) for study, keys in studies]
    counts = _counts(session, {key for each in blocks for key in each.numbers})
    cases_by_key = _cases_by_key(session, {key for each in blocks for key in _useful(each, counts)})
    found = [_found(each, counts, cases_by_key) for each in blocks]
    known = open_case_keys(session, {case_id for ids in found for case_id in ids})
    rejected = _rejected(session, [study.id for study, _ in studies])
    sizes = {name: session.get_one(Site, name).open_cases for name in {study.site for study, _ in studies}}
    return [
        Surroundings(
            cases=tuple(known[each] for each in ids if each in known and (study.id, each) not in rejected),
            population=Population(
                sizes[study.site], {word: counts[key] for word, key in block.terms.items() if key in counts}
            ),
            blocks=block,
        )
        for (study, _), block, ids in zip(studies, blocks, found, strict=True)
    ]


def open_case_keys(session: Session, ids: Iterable[int]) -> dict[int, CaseKeys]:
    """Return what the open ones of some cases say, by their numbers."""
    wanted = sorted(ids)
    found: dict[int, CaseKeys] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(*KEY_COLUMNS).where(Case.id.in_(wanted[start : start + _AT_ONCE]), Case.state == "open")
        found |= {row.id: case_keys(row) for row in session.execute(query)}
    return found


def _useful(keys: BlockKeys, counts: Mapping[int, int]) -> set[int]:
    narrow = {key for key in keys.naming | keys.narrowing if 0 < counts.get(key, 0) <= _MOST_SHARED}
    return narrow | {key for key in keys.terms.values() if 0 < counts.get(key, 0) <= RARE}


def _found(keys: BlockKeys, counts: Mapping[int, int], cases_by_key: Mapping[int, list[int]]) -> list[int]:
    """Return the cases that share a key with a study: those that an identifier names, then those that share most."""
    useful = _useful(keys, counts)
    named = _sharing(useful & keys.naming, cases_by_key, _MOST_NAMED)
    narrowed = _sharing(useful - keys.naming, cases_by_key, _MOST_NARROWED)
    return list(dict.fromkeys((*named, *narrowed)))


def _sharing(keys: Iterable[int], cases_by_key: Mapping[int, list[int]], most: int) -> list[int]:
    shared = Counter(case_id for key in keys for case_id in cases_by_key.get(key, ()))
    return sorted(shared, key=lambda case_id: (-shared[case_id], case_id))[:most]


def _counts(session: Session, keys: set[int]) -> dict[int, int]:
    """Return how many open cases bear each key."""
    found: dict[int, int] = {}
    for some in _parts(keys):
        query = select(CaseBlock.key, func.count()).where(CaseBlock.key.in_(some)).group_by(CaseBlock.key)
        found |= {key: int(count) for key, count in session.execute(query)}
    return found


def _cases_by_key(session: Session, keys: set[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for some in _parts(keys):
        for key, case_id in session.execute(select(CaseBlock.key, CaseBlock.case_id).where(CaseBlock.key.in_(some))):
            found[key].append(case_id)
    return found


def _parts(keys: set[int]) -> list[list[int]]:
    ordered = sorted(keys)
    return [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]


def _rejected(session: Session, study_ids: list[int]) -> set[tuple[int, int]]:
    query = select(Rejection.study_id, Rejection.case_id).where(Rejection.study_id.in_(study_ids))
    return {(study_id, case_id) for study_id, case_id in session.execute(query)}
