"""The identified zone and the whole: intake, vault, identity, matching, pipeline, returns, billing, command line.

The only package that may import every other, and that nobody imports. It wires what the others decide. Read `node.py`
for what a node consists of, then `pipeline/stages.py` for the way of a study.
"""
