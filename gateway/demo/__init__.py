"""`overread demo`: the whole way on sample studies, over real associations and real HTTP, with a throw-away home.

Nothing is short-circuited in process: the node runs as `overread serve` runs it, and the demo is its hospitals, its
coordinator and its reader from the outside. Read `story.py` for the steps.
"""

from gateway.demo.run import run_demo

__all__ = ["run_demo"]
