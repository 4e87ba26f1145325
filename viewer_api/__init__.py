"""The reading zone over HTTP: what is indexed of an instance, how a frame becomes a picture, and DICOMweb.

May import `worklist` and `config`, and nothing that knows an identity. Read `rendering/preview.py` first (a frame on
its way from the file to a JPEG), then `dicomweb/router.py` (who may ask for what); `indexing.py` is what the publish
stage calls.
"""
