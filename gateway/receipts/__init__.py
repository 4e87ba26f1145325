"""Receipts: what a delivery brought and what became of it, signed, at any time and as often as asked.

A receipt says how things stood when it was issued; another one may follow when more is known. Read `statement.py` for
what it says, `jws.py` for how it is signed, `pdf.py` for the one that people read. Nothing here needs a running node
to be checked: the public half of the key is enough.
"""

from gateway.receipts.checking import check_receipt
from gateway.receipts.issuing import FORMS, MOST_PRINTED, Form, issue_receipt
from gateway.receipts.listing import list_deliveries

__all__ = ["FORMS", "MOST_PRINTED", "Form", "check_receipt", "issue_receipt", "list_deliveries"]
