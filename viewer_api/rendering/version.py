"""The version of what rendering makes of the same stored pixels.

It is part of every entity tag and of the name of every picture that is kept: raise it when a picture comes out
different, and what was made before is never handed out again.
"""

from typing import Final

RENDERING_VERSION: Final = "5"
