"""Measure the matcher on a node's own database: one study against many open cases, and many waiting studies.

    python tests/benchmarks/bench_match.py [--cases 100000] [--studies 1000] [--waiting 10000] [--late 1.0]

The people are made up (`made_up_people.py`). Shown are the time to find and rank the cases of one study, the time of
the whole match stage, what was linked and whether rightly, the reliability of the probabilities, and the throughput of
late cases that come as a list: the waiting studies they may belong to look again, each with its case at the end.
"""

import argparse
import csv
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from made_up_people import RATES, Person, another_examination, case_of, people, study_of
from sqlalchemy import func, insert, select, update

from config.clock import system_clock
from config.settings import Settings
from gateway.case_reports import receive
from gateway.case_reports.lists.reading import MOST_ROWS
from gateway.home import make_home
from gateway.matching import CaseKeys, StudyKeys, rank
from gateway.matching.blocking import case_block_keys
from gateway.matching.index import block_rows
from gateway.matching.models import CaseBlock, SecondLook
from gateway.matching.search import cases_near
from gateway.models import Case, Match, Patient, Site, Study
from gateway.node import Node, open_node
from gateway.pipeline.deciding import certain_candidate
from gateway.pipeline.match import match_study
from gateway.pipeline.second_look import look_again
from gateway.sites import SiteChange, add_site

SITE = "north"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
BINS = (0.001, 0.1, 0.5, 0.9, 0.98, 0.99, 0.999, 1.01)
HEADINGS = [
    *("patient name", "patient id", "sex", "accession number", "study uid"),
    *("birth date", "study date", "modality", "body part"),
]
_BATCH = 2000


def case_row(case: CaseKeys) -> dict[str, Any]:
    return {
        "id": case.case_id + 1,
        "case_number": case.case_number,
        "site": SITE,
        "state": "open",
        "patient_name": case.name,
        "birth_date": case.birth_date,
        "sex": case.sex,
        "patient_ids": [{"id": number, "issuer": issuer} for number, issuer in case.patient_ids],
        "accession_numbers": sorted(case.accession_numbers),
        "study_uids": sorted(case.study_uids),
        "study_date": case.study_date,
        "report_date": case.report_date,
        "modality": case.modality,
        "body_part": case.body_part,
        "source_digest": f"{case.case_id:064d}",
        "created_at": NOW,
    }


def fill_cases(node: Node, cases: list[CaseKeys]) -> float:
    """Write many open cases and their keys as an import would; return the seconds for each."""
    began = time.perf_counter()
    for start in range(0, len(cases), _BATCH):
        batch = cases[start : start + _BATCH]
        rows: list[dict[str, Any]] = []
        for case in batch:
            rows += block_rows(case.case_id + 1, case_block_keys(SITE, case))
        with node.identity.write() as session:
            session.execute(insert(Case), [case_row(case) for case in batch])
            session.execute(insert(CaseBlock), sorted(rows, key=lambda row: row["key"]))
    with node.identity.write() as session:
        session.get_one(Site, SITE).open_cases += len(cases)
    return (time.perf_counter() - began) / max(len(cases), 1)


def add_study(node: Node, number: int, keys: StudyKeys) -> int:
    """Write a study as the intake does; return its internal number."""
    with node.identity.write() as session:
        patient = Patient(
            site=SITE,
            scope=f"study:{number}",
            number=f"study:{number}",
            patient_id=keys.patient_id,
            name=keys.name,
            birth_date=keys.birth_date,
            sex=keys.sex,
            pseudonym=f"P{number}",
            key_version=1,
        )
        session.add(patient)
        session.flush()
        study = Study(
            site=SITE,
            study_instance_uid=keys.study_instance_uid,
            study_uid=f"2.25.{number}",
            patient_id=patient.id,
            patient_name=keys.name,
            birth_date=keys.birth_date,
            sex=keys.sex,
            accession_number=keys.accession_number,
            study_date=keys.study_date,
            modality=keys.modality,
            body_part=keys.body_part,
            hints=sorted(keys.case_numbers),
            received_at=NOW,
            last_received_at=NOW,
        )
        session.add(study)
        session.flush()
        return study.id


def milliseconds(what: str, runs: list[float]) -> None:
    ordered = sorted(runs)
    sys.stdout.write(
        f"{what:48s}median {statistics.median(ordered) * 1e3:7.2f} ms"
        f"   p95 {ordered[len(ordered) * 95 // 100] * 1e3:7.2f} ms   most {ordered[-1] * 1e3:7.2f} ms\n"
    )


def timed(run: Callable[[], object], runs: list[float], *, clock: Callable[[], float] = time.perf_counter) -> Any:
    began = clock()
    result = run()
    runs.append(clock() - began)
    return result


def arrivals(made: list[Person], count: int, random: Random) -> Iterator[tuple[StudyKeys, int | None]]:
    """Yield studies and the case each belongs to: most have one, some have none, some are of a known patient."""
    for number in random.sample(range(len(made)), min(count, len(made))):
        if random.random() < RATES["no case yet"]:
            stranger = people(1, seed=random.randrange(10**9))[0]
            yield study_of(stranger, -1, random, made), None
        elif random.random() < RATES["another examination"]:
            yield study_of(another_examination(made[number], random), -1, random, made), None
        else:
            yield study_of(made[number], number, random, made), number + 1


def one_by_one(node: Node, made: list[Person], count: int) -> None:
    """Let studies arrive one by one among all open cases; show times, links and reliability."""
    random = Random(7)
    finding: list[float] = []
    stage: list[float] = []
    said: list[tuple[float, bool]] = []
    linked = right = owed = reached = 0
    for number, (keys, truth) in enumerate(arrivals(made, count, random)):
        study_id = add_study(node, number, keys)
        with node.identity.read() as session:
            study = session.get_one(Study, study_id)
            candidates, near = timed(
                lambda study=study, keys=keys, session=session: _found(session, study, keys),
                finding,
                clock=time.process_time,
            )
        said += [(each.probability, each.case_id == truth) for each in candidates]
        owed, reached = owed + (truth is not None), reached + (truth in near)
        certain = certain_candidate(candidates, node.settings.matching.link_above)
        if certain is not None:
            linked, right = linked + 1, right + (certain.case_id == truth)
        timed(lambda study_id=study_id: match_study(node, study_id), stage)
    milliseconds("find and rank its cases, processor time", finding)
    milliseconds("the match stage with its commit, by the clock", stage)
    sys.stdout.write(f"studies with a case {owed}, in the candidates {reached} ({reached / owed:.4f})\n")
    sys.stdout.write(f"linked alone {linked} ({linked / owed:.3f} of those with a case), wrongly {linked - right}\n")
    show_reliability(said)


def _found(session: Any, study: Study, keys: StudyKeys) -> tuple[list[Any], set[int]]:
    (near,) = cases_near(session, [(study, keys)])
    return rank(keys, near.cases, near.population), {case.case_id for case in near.cases}


def show_reliability(said: list[tuple[float, bool]]) -> None:
    sys.stdout.write(f"{'probability said':>18s}{'candidates':>12s}{'mean said':>11s}{'true':>9s}\n")
    for low, high in pairwise(BINS):
        inside = [each for each in said if low <= each[0] < high]
        if inside:
            mean, true = (sum(float(each[place]) for each in inside) / len(inside) for place in (0, 1))
            sys.stdout.write(f"{low:9.3f} - {min(high, 1):6.3f}{len(inside):12d}{mean:11.4f}{true:9.4f}\n")


def late_cases(node: Node, made: list[Person], first: int, share: float) -> None:
    """Let studies wait, import a list of late cases for a share of them, and show when each study has its case."""
    random = Random(8)
    waiting = [add_study(node, 10**6 + place, study_of(person, -1, random, made)) for place, person in enumerate(made)]
    put = put_to_wait(node, waiting)
    owed = sorted(random.sample(range(len(made)), int(len(made) * share)))
    lists = [owed[start : start + MOST_ROWS] for start in range(0, len(owed), MOST_ROWS)]
    began = stopwatch()
    numbers: dict[int, str] = {}
    for some in lists:
        cases = [case_of(made[place], first + place, random) for place in some]
        filed = receive(node, site=SITE, payload=csv_of(cases), actor="bench", file_name="late.csv")
        numbers |= {place: str(each.case_number) for place, each in zip(some, filed, strict=True)}
    imported = stopwatch() - began
    with node.identity.read() as session:
        reasons = session.scalar(select(func.count()).select_from(SecondLook))
    began, looked = stopwatch(), 0
    while some_looked := look_again(node):
        looked += some_looked
    matched = stopwatch() - began
    with node.identity.read() as session:
        query = select(Match.study_id, Case.case_number).join(Case, Case.id == Match.case_id)
        links = session.execute(query.where(Match.study_id.in_(waiting))).all()
    place_of = {study_id: place for place, study_id in enumerate(waiting)}
    wrong = sum(numbers.get(place_of[study_id]) != number for study_id, number in links)
    sys.stdout.write(
        f"{len(made)} studies put to wait: {len(made) / put:.0f} a second\n"
        f"{len(owed)} late cases imported as CSV, with index and {reasons} reasons to look: "
        f"{rates(len(owed), imported)}\n"
        f"{looked} of {len(made)} waiting studies looked again: {rates(looked, matched)}; "
        f"linked {len(links)} of {len(owed)}, wrongly {wrong}\n"
    )


def stopwatch() -> np.ndarray:
    """Return the clock and the processor time of this process: other work on the machine shows in the first only."""
    return np.array([time.perf_counter(), time.process_time()])


def rates(count: int, seconds: np.ndarray) -> str:
    clock, processor = seconds
    return f"{count / clock:.0f} a second by the clock ({clock:.1f} s), {count / processor:.0f} by processor time"


def put_to_wait(node: Node, studies: list[int]) -> float:
    """Run the match stage over studies and let their workflows be over; return the seconds."""
    began = time.perf_counter()
    for study_id in studies:
        match_study(node, study_id)
    put = time.perf_counter() - began
    with node.identity.write() as session:
        session.execute(update(Study).where(Study.id.in_(studies)).values(finished_revision=Study.wanted_revision))
    return put


def csv_of(cases: list[CaseKeys]) -> bytes:
    """Write cases as the list that a hospital exports."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for case in cases:
        patient_id, _ = min(case.patient_ids, default=("", ""))
        numbers = [" ".join(sorted(case.accession_numbers)), " ".join(sorted(case.study_uids))]
        dates = [f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else "" for day in (case.birth_date, case.study_date)]
        writer.writerow([case.name, patient_id, case.sex, *numbers, *dates, case.modality, case.body_part])
    return text.getvalue().encode()


@contextmanager
def fresh_node(folder: str) -> Iterator[Node]:
    home = Path(folder) / "home"
    make_home(home)
    with open_node(Settings.load(home), system_clock) as node:
        add_site(node, SITE, SiteChange(), actor="bench")
        yield node


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--waiting", type=int, default=10_000)
    parser.add_argument("--late", type=float, default=1.0, help="the share of the waiting studies whose case comes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, fresh_node(folder) as node:
        random = Random(9)
        made = people(arguments.cases)
        each = fill_cases(node, [case_of(person, number, random) for number, person in enumerate(made)])
        with node.identity.read() as session:
            keys = session.scalar(select(func.count()).select_from(CaseBlock)) or 0
        sys.stdout.write(
            f"{arguments.cases} open cases, {keys / arguments.cases:.1f} keys and {each * 1e3:.2f} ms each\n"
        )
        one_by_one(node, made, arguments.studies)
        late_cases(node, people(arguments.waiting, seed=60), arguments.cases, arguments.late)


if __name__ == "__main__":
    main()
