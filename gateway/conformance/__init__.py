"""The DICOM Conformance Statement of a node, made from what it is set to do (PS3.2 annex N).

Every table is read from the code that does the work, so that the statement cannot promise what the node does not do.
"""

from gateway.conformance.statement import conformance_statement

__all__ = ["conformance_statement"]
