"""Case reports in: whatever way a hospital writes one down, it becomes the same `CaseDocument`, and that one `Case`.

Read `document.py` first, then `filing.py`, which makes and changes cases; `reading.py` tells the ways apart. Each way
is a room of its own: `own_json.py`, `hl7`, `fhir`, `lists`, `texts`, `structured_reports`. None of them opens a
transaction or decides what becomes of a case.
"""

from gateway.case_reports.document import CaseDocument
from gateway.case_reports.parts_filing import Filed
from gateway.case_reports.receiving import CaseOutcome, import_case, receive

__all__ = ["CaseDocument", "CaseOutcome", "Filed", "import_case", "receive"]
