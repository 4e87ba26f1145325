"""Options of everybody who may come in over DICOM, sites and workstations alike."""

from pathlib import Path

import click

from gateway.certificates import certificate_digests

certificates_option = click.option(
    "--certificate",
    "certificates",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Must come over TLS with a certificate of this PEM file; may be repeated.",
)


def digests_of(certificates: tuple[Path, ...]) -> tuple[str, ...]:
    """Return the digests of all certificates in the files."""
    return tuple(digest for path in certificates for digest in certificate_digests(path))
