"""Whether a study can be read at all, asked before it is put on the worklist and before anything can be billed.

Pure but for `facts.py`, which reads one de-identified object. Read `rules.py` first: a table of small functions from
what is known of the images (`facts.py`) and of what was asked for (`request.py`) to findings; `verdict.py` adds them up
to fit, fit with limits, or not fit. What a finding says to the hospital is in `gateway.letters`, in its language.
"""

from gateway.fitness.facts import InstanceFacts, read_facts
from gateway.fitness.request import Request, request_of_case
from gateway.fitness.rules import StudyFacts, judge
from gateway.fitness.verdict import Finding, Verdict

__all__ = ["Finding", "InstanceFacts", "Request", "StudyFacts", "Verdict", "judge", "read_facts", "request_of_case"]
