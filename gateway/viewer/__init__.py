"""OHIF as a guest: fetched with the administrator's own npm client, checked, unpacked into the home, never bundled.

Read `installation.py` first. `package.py` gets the package and checks it, `unpacking.py` takes it apart. Serving it is
`viewer_api.ohif`.
"""

from gateway.viewer.installation import PINNED, install_viewer, remove_viewer, viewer_view

__all__ = ["PINNED", "install_viewer", "remove_viewer", "viewer_view"]
