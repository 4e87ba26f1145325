"""The DICOM Conformance Statement of a node (PS3.2 annex N) and its IHE integration statement.

Every table is read from the code that does the work, so that the statement cannot promise what the node does not do.
"""

from gateway.conformance.integration import integration_statement
from gateway.conformance.statement import conformance_statement

__all__ = ["conformance_statement", "integration_statement"]
