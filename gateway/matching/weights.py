"""The one table of the matcher: how often each finding is met, by what study and case have to do with each other.

Three things can be true of a study and a case: it belongs there, it is another examination of the same patient, or it
is of another patient. A row says how often its finding is met in each (the m and u probabilities of I. P. Fellegi and
A. B. Sunter, "A Theory for Record Linkage", 1969, with a third column). The rows of one field need not add up to one:
what is left is the absence of a finding. Where `rated` is set the last column is a multiple of how common the shared
name is (term frequency), not a probability of its own.

The rows are independent of each other but for one way in which they go wrong together: somebody else was examined under
the order, so that every number is the case's and nothing of the person is (`WRONG_PERSON`). So the rows of the person
stand by themselves.

`part` says what a finding may do when it is to be decided without a person (`certainty.py`).
"""

from dataclasses import dataclass
from enum import Flag, auto
from functools import cached_property
from math import log


class Part(Flag):
    """What part a finding plays in deciding alone."""

    NONE = 0
    IDENTIFIES = auto()  # an identifier of the study or the case
    NAMED = auto()  # the whole name
    BORN = auto()  # the birth date
    WEIGHS_AGAINST = auto()  # speaks against a link by what is known of the patient alone
    OTHER_ID = auto()  # another identifier of the patient, whom many hospitals know by numbers of their own
    DIFFERS_IN_PART = auto()  # a family name or birth date that may be the same patient's, changed or mistyped
    CONTRADICTS = auto()  # another fact of the patient: what `look_alikes.py` lists alone outweighs it
    FORBIDS = auto()  # never lets a pair be linked without a person


@dataclass(frozen=True)
class Weight:
    """A row of the table."""

    belongs: float
    other_examination: float
    other_patient: float
    part: Part = Part.NONE
    rated: bool = False

    @cached_property
    def log_belongs(self) -> float:
        """Return the logarithm of the first column."""
        return log(self.belongs)

    @cached_property
    def log_other_examination(self) -> float:
        """Return the logarithm of the second column."""
        return log(self.other_examination)


N, I, NAME, BORN, W, OTHER, PART, C, F = (  # noqa: E741 - short names keep the table readable
    Part.NONE, Part.IDENTIFIES, Part.NAMED, Part.BORN, Part.WEIGHS_AGAINST, Part.OTHER_ID, Part.DIFFERS_IN_PART,
    Part.CONTRADICTS, Part.FORBIDS
)  # fmt: skip

# How often somebody else was examined under a case's order. 35 of 1,717,713 examinations were reported as filed under
# another patient (G. Sadigh et al., AJR 2015;205:337-343), which counts only what somebody noticed and wrote down.
WRONG_PERSON = 2e-4

_NUMBERS = {
    #                                                    belongs  other exam.  other patient
    "case number equal":                          Weight(0.97,    0.02,        5e-6,   I),
    "another case number":                        Weight(0.02,    0.90,        0.99,   F),
    "study UID equal":                            Weight(0.80,    1e-6,        1e-8,   I),
    "study UID not among the case's":             Weight(0.20,    0.99,        0.999,  W),
    "accession number equal":                     Weight(0.85,    0.003,       2e-5,   I),
    "accession number equal but for its form":    Weight(0.07,    0.003,       1e-4,   N),
    "accession number different":                 Weight(0.05,    0.98,        0.999,  F),
    "patient ID equal":                           Weight(0.85,    0.85,        2e-5,   N),
    "patient ID equal, of one issuer":            Weight(0.85,    0.85,        2e-5,   N),
    "number of one person equal":                 Weight(0.85,    0.85,        5e-6,   N),
    "number of one person different":             Weight(0.02,    0.02,        0.999,  C),
    "patient ID equal, the issuers differ":       Weight(0.02,    0.02,        1e-3,   W | OTHER),
    "patient ID with one digit off":              Weight(0.05,    0.05,        5e-4,   N),
    "patient ID with one digit off, of the same issuer": Weight(0.02, 0.02,    5e-4,   C),
    "patient ID different":                       Weight(0.10,    0.10,        0.998,  W | OTHER),
    "patient ID of the same issuer different":    Weight(0.03,    0.03,        0.998,  C),
}  # fmt: skip

OF_THE_PERSON = {
    #                                                    belongs  other exam.  other patient
    "name equal":                                 Weight(0.80,    0.80,        1.0,    NAME, rated=True),
    "name partly equal":                          Weight(0.05,    0.05,        2.0,    NAME, rated=True),
    "name equal but for initials":                Weight(0.02,    0.02,        2.0,    N, rated=True),
    "name equal but for a short or pet name":     Weight(0.02,    0.02,        0.03,   N, rated=True),
    "name similar":                               Weight(0.07,    0.07,        20.0,   N, rated=True),
    "name equal by its sound":                    Weight(0.30,    0.30,        10.0,   N, rated=True),
    "name equal as far as it is given":           Weight(0.02,    0.02,        1.0,    N, rated=True),
    "given name equal, family name different":    Weight(0.03,    0.03,        2.0,    PART, rated=True),
    "name equal in one part":                     Weight(0.03,    0.03,        2.0,    C, rated=True),
    "name of the same sound, written otherwise":  Weight(0.002,   0.002,       1e-3,   F),
    "name different":                             Weight(0.01,    0.01,        0.98,   C),
    "name in another script, not equal by its sound": Weight(0.30, 0.30,       0.90,   N),
    "birth date equal":                           Weight(0.93,    0.93,        5e-5,   BORN),
    "birth date equal, a 1 January":              Weight(0.93,    0.93,        6e-4,   N),
    "birth year equal, a 1 January may stand for an unknown day": Weight(0.01, 0.01, 6e-4, N),
    "birth date with day and month swapped":      Weight(0.01,    0.01,        5e-5,   PART),
    "birth date with digits swapped":             Weight(0.005,   0.005,       2e-4,   PART),
    "birth date with one digit different":        Weight(0.015,   0.015,       1e-3,   PART),
    "birth date with a digit off, ten years or more apart": Weight(0.003, 0.003, 3e-4, C),
    "birth date different":                       Weight(0.02,    0.02,        0.998,  C),
    "birth time equal":                           Weight(0.90,    0.90,        2e-3,   N),
    "another birth time or place among those born together": Weight(0.02, 0.02, 0.95,  F),
    "age as in the report's words":               Weight(0.85,    0.85,        0.08,   N),
    "age a generation from the report's words":   Weight(0.03,    0.03,        0.60,   C),
    "sex equal":                                  Weight(0.985,   0.985,       0.5,    N),
    "sex different":                              Weight(0.008,   0.008,       0.5,    F),
    "address equal":                              Weight(0.65,    0.65,        2e-4,   N),
    "address similar":                            Weight(0.10,    0.10,        2e-3,   N),
    "address different":                          Weight(0.25,    0.25,        0.997,  N),
    "telephone equal":                            Weight(0.40,    0.40,        2e-4,   N),
}  # fmt: skip

_OF_THE_EXAMINATION = {
    #                                                    belongs  other exam.  other patient
    "study date equal":                           Weight(0.80,    0.05,        0.004,  N),
    "study date within three days":               Weight(0.08,    0.02,        0.016,  N),
    "study before the case's study date":         Weight(0.10,    0.60,        0.48,   W),
    "study after the case's study date":          Weight(0.02,    0.376,       0.50,   W),
    "reported within a month of the study":       Weight(0.85,    0.08,        0.08,   N),
    "reported later than a month after the study": Weight(0.12,   0.52,        0.46,   W),
    "report older than the study":                Weight(0.03,    0.40,        0.46,   W),
    "modality equal":                             Weight(0.93,    0.35,        0.25,   N),
    "modality different":                         Weight(0.06,    0.65,        0.75,   W),
    "modality as the report's words":             Weight(0.90,    0.40,        0.30,   N),
    "modality not in the report's words":         Weight(0.10,    0.60,        0.70,   N),
    "body part equal":                            Weight(0.85,    0.25,        0.13,   N),
    "body part different":                        Weight(0.10,    0.75,        0.87,   W),
    "body part as the report's words":            Weight(0.85,    0.35,        0.25,   N),
    "body part not in the report's words":        Weight(0.12,    0.65,        0.75,   N),
}  # fmt: skip

WEIGHTS = _NUMBERS | OF_THE_PERSON | _OF_THE_EXAMINATION
