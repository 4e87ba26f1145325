"""Uploads: a bundle is received whole and durable, unpacked into the spool afterwards, and accounted for file by file.

The bundle file in `uploads/` is the receipt: it is there before anybody is told so and goes when everything in it lies
in the spool. Nothing is decided here; the intake decides what each file is. Read `receiving.py`, then `unpacking.py`.
"""

from gateway.uploads.importing import import_paths
from gateway.uploads.pending import pending_uploads
from gateway.uploads.receiving import UploadSink, receive_upload
from gateway.uploads.report import upload_report
from gateway.uploads.unpacking import unpack_upload

__all__ = ["UploadSink", "import_paths", "pending_uploads", "receive_upload", "unpack_upload", "upload_report"]
