"""Clean what is burned into pixels on the way to publication: decide what to black, have it done, remember what was.

Read `publishable.py` first. `looking.py` decides by rules and by what is seen, `work.py` runs in a decoding process,
since it decodes strangers' pixels. What is blacked, and how, is `anonymizer.pixels`.
"""
