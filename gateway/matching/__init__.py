"""Which case a study belongs to: a pure function of what both say, with a probability and its reasons in words.

Read `evidence.py` for what is compared and how much it weighs, then `ranking.py` for how it adds up.
"""

from gateway.matching.keys import CaseKeys, StudyKeys, case_keys, study_keys
from gateway.matching.ranking import Candidate, rank

__all__ = ["Candidate", "CaseKeys", "StudyKeys", "case_keys", "rank", "study_keys"]
