"""`python -m sample_studies OUT [--small]`: write the samples and say what was written."""

import argparse
import sys
from pathlib import Path

from sample_studies.generate import generate


def main() -> int:
    """Parse the command line, generate, and print one line per study."""
    parser = argparse.ArgumentParser(
        prog="python -m sample_studies", description="Write the sample studies to a folder."
    )
    parser.add_argument("out", type=Path, help="folder to write to; created if need be")
    parser.add_argument("--small", action="store_true", help="a few images per study")
    arguments = parser.parse_args()
    manifest = generate(arguments.out, small=arguments.small)
    for study in manifest.studies:
        sys.stdout.write(f"{study.site:<12}{study.slug:<16}{study.modality:<4}{len(study.files):>4} files\n")
    sys.stdout.write(f"{sum(len(study.files) for study in manifest.studies)} files in {manifest.folder}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
