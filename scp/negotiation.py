"""What an association request is answered beside its presentation contexts (PS3.7 annex D.3.3).

- **User identity** (section D.3.3.7): admission has judged a name, or a name with a passcode, before. Who asked for a
  positive response gets one, which is empty for these two types; an identity of another type, and one that nobody
  checks, gets none, which says that it was not looked at.
- **Asynchronous operations** (section D.3.3.3): one operation at a time, and that is what is answered.
- **SOP class common extended** (section D.3.3.6): taken note of, never answered; it tells what kind of thing a SOP
  class is that no dictionary lists (`scp.contexts`).
"""

from typing import Any

from pynetdicom.events import Event
from pynetdicom.pdu_primitives import UserIdentityNegotiation
from pynetdicom.presentation import PresentationContext

from scp.contexts import supported_for, supported_for_workstation, unlisted_storage_classes
from scp.knocking import NAME_TYPES
from scp.reception import Caller


def supported_by_terms(association: Any, caller: Caller, *, unlisted: bool) -> list[PresentationContext]:
    """Return what is supported of what an admitted requestor proposes.

    `unlisted` is the node's word on SOP classes that no dictionary lists; that of the site goes before.
    """
    proposed = association.requestor.primitive.presentation_context_definition_list
    if caller.workstation:
        roles = {str(uid) for uid, role in association.requestor.role_selection.items() if role.scp_role}
        return supported_for_workstation(proposed, roles)
    said = caller.terms.unlisted_sop_classes
    beside: frozenset[str] = frozenset()
    if unlisted if said is None else said:
        beside = unlisted_storage_classes(proposed, _declared_services(association))
    return supported_for(proposed, beside)


def confirm_identity(association: Any, caller: Caller) -> None:
    """Add the positive response to a user identity that the terms of a site asked for, where the requestor wants it."""
    asked = association.requestor.user_identity
    if asked is None or not caller.terms.user or asked.user_identity_type not in NAME_TYPES:
        return
    if asked.positive_response_requested:
        confirmed = UserIdentityNegotiation()
        confirmed.server_response = b""
        association.acceptor.add_negotiation_item(confirmed)


def one_operation_at_a_time(_event: Event) -> tuple[int, int]:
    """Answer an asynchronous operations window (a handler of `evt.EVT_ASYNC_OPS`)."""
    return 1, 1


def _declared_services(association: Any) -> dict[str, str]:
    items = association.requestor.sop_class_common_extended
    return {str(uid): str(item.service_class_uid) for uid, item in items.items()}
