"""The scanners: each function turns a study plan and a size into the pictures of one study.

An acquisition draws with `phantoms`, adds the attributes of its own modality (PS3.3 C.8) and chooses transfer syntaxes.
"""
