"""Decode strangers' pixels in processes of their own, which may die without taking the node along.

`pool.py` is the one entry point: `DecodingPool.run(work, key, source, *arguments)`. Read `limits.py` (what a process
may use), `wire.py` (what goes to and fro), then `pool.py` (this side) and `worker.py` (the other side).
"""
