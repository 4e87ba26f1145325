"""Whose an upload is: an account's, a link's or a case's; and that a single-use link is good for one upload.

The use is taken before the upload becomes whole, so that a killed process can never make two bundles of one use.
"""

from config.errors import Forbidden
from gateway.node import Node
from gateway.upload_models import UploadLink

ACCOUNT = "token "  # how the owner begins who has an account, and so needs no row to ask for a receipt
LINK = "link "


def actor_of(owner: str) -> str:
    """Return who the owner of an upload is in the audit trail."""
    if owner.startswith(ACCOUNT):
        return owner.removeprefix(ACCOUNT)
    return "upload link" if owner.startswith(LINK) else "upload page"


def use_link_of(node: Node, owner: str, upload_id: str) -> None:
    """Let an upload take the use of the link that it came by, if by any; errors as `use_link`."""
    if owner.startswith(LINK):
        use_link(node, owner.removeprefix(LINK), upload_id)


def use_link(node: Node, link_id: str, upload_id: str) -> None:
    """Let an upload take the link's one use, before it becomes whole; the same upload may ask again.

    Raises:
        Forbidden: another upload took it.
    """
    with node.identity.write() as session:
        link = session.get_one(UploadLink, link_id)
        if link.single_use and link.used_by not in {None, upload_id}:
            raise Forbidden("this link was good for one upload, and that has come")
        link.used_by = link.used_by or upload_id
