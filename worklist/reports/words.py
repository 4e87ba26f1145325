"""The words of a second read: what the PDF prints and what the SR codes mean, from one table each."""

AGREEMENT_WORDS = {
    "agree": "Agrees with the original report",
    "minor": "Minor discrepancy with the original report",
    "major": "Major discrepancy with the original report",
}

# The scores of the American College of Radiology's peer review scale; a and b tell clinical weight.
RADPEER_WORDS = {
    "1": "Concur with interpretation",
    "2a": "Discrepancy, not ordinarily expected to be made; unlikely to be clinically significant",
    "2b": "Discrepancy, not ordinarily expected to be made; likely to be clinically significant",
    "3a": "Discrepancy that should be made most of the time; unlikely to be clinically significant",
    "3b": "Discrepancy that should be made most of the time; likely to be clinically significant",
}

YES_NO = {True: "Yes", False: "No"}

SEX_WORDS = {"M": "Male", "F": "Female", "O": "Other"}
