"""Run the command line as a module: `python -m gateway.cli`."""

from gateway.cli import main

main()
