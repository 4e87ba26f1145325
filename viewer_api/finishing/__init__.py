"""From rendered pictures to what is handed out: words on them, colour profiles, animations, sheets of many.

Everything here takes pictures that `viewer_api.rendering` made; no pixel value is interpreted again. Read `cine.py` (an
animation) and `sheet.py` (many pictures on one).
"""
