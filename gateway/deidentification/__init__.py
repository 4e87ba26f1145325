"""What was done to the objects of a study, kept for those who must answer for it; nothing here bears a value.

`audits` keeps the audit of each instance, `statement` says it of a study, `pdf` prints that for people.
"""
