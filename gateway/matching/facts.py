"""The facts by which a patient is known, and how two records of one agree in each: the words of `look_alikes.py`."""

from enum import Flag, auto


class Fact(Flag):
    """How two records agree in a name's part, the birth date, the address or an identifier of the patient."""

    SAME = auto()
    NEAR = auto()  # but for a slip, or by the sound alone
    UNTOLD = auto()  # one side does not say it
    UNREAD = auto()  # told in scripts that cannot be compared, or do not sound alike as far as they can
    OTHER = auto()
    YEAR = auto()  # born in one year: but for a slip in the day, or on a 1 January that may stand for any
    APART = auto()  # born so far apart as parent and child are
    OWN = auto()  # one number, which belongs to one person by law, of a grown-up
    KEPT = auto()  # one number of one named issuer, of a grown-up
    ISSUED = auto()  # either, of somebody whose age is not told
    SHARED = auto()  # one number, which a family may have in common as far as is told
    CHILD = auto()  # one number, of a child: the mother's perhaps
    CLASH = auto()  # two numbers of one issuer


ANY = ~Fact(0)
