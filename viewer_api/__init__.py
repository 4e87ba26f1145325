"""The reading zone over HTTP: what is indexed of an instance, how a frame becomes a picture, DICOMweb and previews.

May import `worklist` and `config`, and nothing that knows an identity. Read `rendering/preview.py` first (a frame on
its way from the file to a JPEG), then `routes.py` (every service) and `dicomweb/router.py` (who may ask for what);
`previews` is for who knows no DICOM, `pixel_values` for who measures; `indexing.py` is what the publish stage calls.
"""
