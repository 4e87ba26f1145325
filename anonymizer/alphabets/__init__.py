"""Alphabets beside the Latin one, as tables: what Latin letters each letter of a name is written with.

One module holds one alphabet; `transcribing` reads their tables and says whether a word in one of them may be written
as a Latin word is. Nothing else of the package is imported here, but for the folding of Latin letters.
"""
