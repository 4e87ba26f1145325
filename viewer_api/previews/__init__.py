"""Pictures for who knows no DICOM: a contact sheet, a strip, a cine, the key images of a read; and links to share them.

Read `router.py` first (what members ask for), then `shared.py` (what the holder of a link may see). `selection.py` says
which images are shown, `compose.py` draws them.
"""
