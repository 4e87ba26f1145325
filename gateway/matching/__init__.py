"""Which case a study belongs to: a pure function of what both say, with a probability and its reasons in words.

Read `weights.py` first: the one table of what a finding weighs. `evidence.py` compares field by field, `ranking.py`
adds up, `sharing.py` weighs the cases against each other and `certainty.py` says what may be decided alone. Names are
compared in `names.py` by their writings (`spelling.py`) and sounds (`sounds.py`, a module for each language).
`blocking.py` says by which keys a pair worth a look is found, and `index.py` keeps those keys in the database.
"""

from gateway.matching.evidence import Population
from gateway.matching.keys import CaseKeys, StudyKeys, case_keys, study_keys
from gateway.matching.ranking import Candidate, rank

__all__ = ["Candidate", "CaseKeys", "Population", "StudyKeys", "case_keys", "rank", "study_keys"]
