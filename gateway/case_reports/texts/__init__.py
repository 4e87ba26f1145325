"""Reports as text, PDF or DOCX: who and what they are about is found by labels in four languages (`labels.py`)."""
