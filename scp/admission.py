"""Who may associate: default deny, decided before any presentation context is looked at (PS3.8 table 9-21).

A calling AE title must belong to a site or to a workstation and the called one must be ours, or bear a case number,
which is where some hospitals put it (`gateway.intake` looks for it there); whatever terms there are must hold: the
networks, the certificates, the user identity. Beyond a limit the refusal is transient, so that the sender tries again.
Whatever goes wrong here refuses: the door fails shut.
"""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Protocol

from config.case_number import find_case_numbers
from config.errors import OverreadError
from config.log import describe, get_log
from config.metrics import ASSOCIATIONS
from scp.peers import DoorTerms, Rule, WorkstationRule
from scp.quota import Quota
from scp.reception import Caller
from scp.rejections import (
    ADDRESS_NOT_PERMITTED,
    CALLED_AE_NOT_RECOGNIZED,
    CALLING_AE_NOT_RECOGNIZED,
    CERTIFICATE_NOT_PERMITTED,
    HOURLY_LIMIT_EXCEEDED,
    LOCAL_LIMIT_EXCEEDED,
    NOT_NOW,
    SITE_LIMIT_EXCEEDED,
    USER_NOT_PERMITTED,
    Rejection,
)
from scp.seats import Seats
from scp.user_identity import is_user

_PADDING = " \0"


class Peer(Protocol):
    """What is asked of an association that was let in."""

    def is_alive(self) -> bool:
        """Say whether the association still runs."""

    def abort(self, block: bool = True) -> None:
        """End the association."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """What is known of who asks to come in; `certificate` is the SHA-256 of what it proved over TLS."""

    calling_ae: str
    called_ae: str
    peer_host: str
    tls: bool = False
    certificate: str = ""
    user: str = ""
    password: str = ""


class Admission:
    """The doorman of one receiver: knows the rules and who is inside, and asks the other receivers through `seats`."""

    def __init__(
        self,
        rule_of: Callable[[str], Rule | None],
        *,
        called_ae: str,
        maximum_associations: int,
        quota: Quota | None = None,
        seats: Seats | None = None,
    ) -> None:
        self._rule_of = rule_of
        self._called_ae = called_ae
        self._maximum = maximum_associations
        self._quota = quota or Quota()
        self._seats = seats or Seats()
        self._lock = threading.Lock()
        self._inside: dict[Peer, Caller] = {}
        self._leaving: set[Peer] = set()
        self._closed = False

    def admit(self, peer: Peer, knock: Knock) -> Caller | Rejection:
        """Decide about an association; whom it admits it remembers until the association has ended."""
        decision = self._decide(peer, knock)
        if isinstance(decision, Rejection):
            ASSOCIATIONS.labels("rejected").inc()
            get_log().warning(
                "association rejected",
                door="cstore",
                host=knock.peer_host,
                result=decision.result,
                source=decision.source,
                diagnostic=decision.diagnostic,
                reason=decision.outcome,
            )
        else:
            ASSOCIATIONS.labels("accepted").inc()
            get_log().info(
                "association accepted",
                door="cstore",
                host=knock.peer_host,
                site=decision.site,
                delivery=decision.delivery,
                calling_ae=decision.calling_ae,
            )
        return decision

    def caller(self, peer: Peer) -> Caller | None:
        """Return whom an admitted association belongs to."""
        with self._lock:
            return self._inside.get(peer)

    def close(self) -> None:
        """Admit nobody any more."""
        self._closed = True

    def inside(self) -> Iterable[Peer]:
        """Return the admitted associations that still run."""
        with self._lock:
            self._forget_ended()
            return tuple(self._inside)

    def leave(self, peer: Peer) -> None:
        """Give the seat of an association back that is ending."""
        with self._lock:
            self._leaving.add(peer)
            self._seats.tell(self._taken())

    def refresh(self) -> None:
        """Give back the seats of associations that ended without a word."""
        with self._lock:
            self._forget_ended()
            self._seats.tell(self._taken())

    def _decide(self, peer: Peer, knock: Knock) -> Caller | Rejection:
        if self._closed:
            return LOCAL_LIMIT_EXCEEDED
        if knock.called_ae.strip(_PADDING) != self._called_ae and not find_case_numbers(knock.called_ae):
            return CALLED_AE_NOT_RECOGNIZED
        try:
            rule = self._rule_of(knock.calling_ae.strip(_PADDING))
            refusal = CALLING_AE_NOT_RECOGNIZED if rule is None else _refusal(rule.terms, knock)
        except (OverreadError, OSError, ValueError) as error:
            get_log().error("the rules for peers cannot be read", door="cstore", **describe(error))
            return NOT_NOW
        if rule is None or refusal is not None:
            return refusal or CALLING_AE_NOT_RECOGNIZED
        if not self._quota.has_room(rule.site, rule.terms):
            return HOURLY_LIMIT_EXCEEDED
        return self._let_in(peer, rule, knock)

    def _let_in(self, peer: Peer, rule: Rule, knock: Knock) -> Caller | Rejection:
        calling, called = knock.calling_ae.strip(_PADDING), knock.called_ae.strip(_PADDING)
        workstation = isinstance(rule, WorkstationRule)
        caller = Caller(rule.site, uuid.uuid4().hex, calling, called, knock.peer_host, rule.terms, workstation)
        with self._lock, self._seats.taken_elsewhere() as elsewhere:
            self._forget_ended()
            taken = self._taken()
            if taken.total() + elsewhere.total() >= self._maximum:
                return LOCAL_LIMIT_EXCEEDED
            limit = rule.terms.maximum_associations
            if limit is not None and taken[caller.owner] + elsewhere[caller.owner] >= limit:
                return SITE_LIMIT_EXCEEDED
            self._inside[peer] = caller
            self._seats.say(self._taken())
        return caller

    def _taken(self) -> Counter[tuple[str, str]]:
        return Counter(caller.owner for peer, caller in self._inside.items() if peer not in self._leaving)

    def _forget_ended(self) -> None:
        self._inside = {peer: caller for peer, caller in self._inside.items() if peer.is_alive()}
        self._leaving &= self._inside.keys()


def _refusal(terms: DoorTerms, knock: Knock) -> Rejection | None:
    """Return why the terms of a site do not hold for who asks, or None; cheap checks come before the password."""
    if terms.networks:
        address = ip_address(knock.peer_host)
        address = getattr(address, "ipv4_mapped", None) or address
        if not any(address in ip_network(network) for network in terms.networks):
            return ADDRESS_NOT_PERMITTED
    if terms.certificates and knock.certificate not in terms.certificates:
        return CERTIFICATE_NOT_PERMITTED
    if terms.user and not is_user(terms, knock.user, knock.password):
        return USER_NOT_PERMITTED
    return None
