"""The reading page: log-in, worklist table and study page, as a browser shows them.

The server renders shells and forms (Jinja2); hand-written ES modules fill them from the JSON API and from the rendered
frames under /dicom-web, so a page can do nothing that a script with a token could not. Nothing here decides: every
change goes through the API with the reader's CSRF token. Read `router.py` first, then `static/viewer/viewport.js` for
how a frame comes to the screen and `static/read/draft.js` for how no word of a read is lost.
"""
