"""De-identify DICOM objects: bytes, a profile and a key go in, bytes and a report come out.

This package is a library of its own. It imports nothing of Overread, opens no file and no connection, writes no log,
and keeps nothing but a bounded memory of what repeats in a series. It implements the Basic Application Level
Confidentiality Profile of PS3.15 Annex E as data.

Read `deidentification.py` first; it shows the way: `part10` and `scanning` cut the input into elements, `refusals` says
what nobody can vouch for, `cleaning` walks, `plan` decides, `treatments` act, `writing` puts the result together.
`cutting` and `memory` make the same way short for what was met before.
`structured_content` cleans the content trees of reports and `vouched_text` what people wrote in them; `free_text`
cleans case reports, `leaks` searches results for what must not be in them, and `alphabets` says how names are written
in other letters. Pixels have two packages of their own:
`pixels` blacks what is burned into them, `faces` cuts the face out of whole series.
"""

from anonymizer.comparing import Comparison, compare
from anonymizer.deidentification import deidentify
from anonymizer.errors import CannotDeidentify, DeidentificationError, Refused
from anonymizer.explaining import Explained, attribute_name, difference, explain
from anonymizer.free_text import CleanedText, Removal, clean_and_trace, clean_text
from anonymizer.keyed import NodeKey, date_shift_days, map_uid, pseudonym
from anonymizer.kinds import made_of_words
from anonymizer.known import KnownIdentity
from anonymizer.leaks import leaks, verify
from anonymizer.profile import Profile, option_code
from anonymizer.profile_files import load_profile, parse_profile, profile_names
from anonymizer.report import Context, Report
from anonymizer.subject import Subject, subject_of
from anonymizer.text_dates import DateShift

__all__ = [
    "CannotDeidentify",
    "CleanedText",
    "Comparison",
    "Context",
    "DateShift",
    "DeidentificationError",
    "Explained",
    "KnownIdentity",
    "NodeKey",
    "Profile",
    "Refused",
    "Removal",
    "Report",
    "Subject",
    "attribute_name",
    "clean_and_trace",
    "clean_text",
    "compare",
    "date_shift_days",
    "deidentify",
    "difference",
    "explain",
    "leaks",
    "load_profile",
    "made_of_words",
    "map_uid",
    "option_code",
    "parse_profile",
    "profile_names",
    "pseudonym",
    "subject_of",
    "verify",
]
