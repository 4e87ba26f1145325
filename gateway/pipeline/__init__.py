"""The way of a study from arrival to the worklist: a literal list of stages, run as one durable workflow a revision.

Read `stages.py` for the list, then one module a stage in its order. `workflow.py` makes it durable, `dispatch.py`
starts it.
"""
