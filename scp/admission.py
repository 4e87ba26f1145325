"""Who may associate: default deny, decided before any presentation context is looked at (PS3.8 table 9-21).

A calling AE title must belong to a site and the called one must be ours; beyond the maximum number of associations
the refusal is transient, so that the sender tries again. Whatever goes wrong here refuses: the door fails shut.
"""

import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from config.errors import OverreadError
from config.log import describe, get_log
from config.metrics import ASSOCIATIONS
from scp.reception import Caller


class Peer(Protocol):
    """What is asked of an association that was let in."""

    def is_alive(self) -> bool:
        """Say whether the association still runs."""

    def abort(self, block: bool = True) -> None:
        """End the association."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Result, source and diagnostic of an A-ASSOCIATE-RJ, and the name by which it is counted (PS3.8 table 9-21)."""

    result: int
    source: int
    diagnostic: int
    outcome: str


CALLED_AE_NOT_RECOGNIZED = Rejection(1, 1, 7, "called AE title not recognized")
CALLING_AE_NOT_RECOGNIZED = Rejection(1, 1, 3, "calling AE title not recognized")
LOCAL_LIMIT_EXCEEDED = Rejection(2, 3, 2, "local limit exceeded")
NOT_NOW = Rejection(2, 1, 1, "the node failed")


class Admission:
    """The doorman of one node: knows the rules and who is inside."""

    def __init__(self, site_of: Callable[[str], str | None], *, called_ae: str, maximum_associations: int) -> None:
        self._site_of = site_of
        self._called_ae = called_ae
        self._maximum = maximum_associations
        self._lock = threading.Lock()
        self._inside: dict[Peer, Caller] = {}
        self._closed = False

    def admit(self, peer: Peer, *, calling_ae: str, called_ae: str, peer_host: str) -> Caller | Rejection:
        """Decide about an association; whom it admits it remembers until the association has ended."""
        decision = self._decide(peer, calling_ae.strip(" \0"), called_ae.strip(" \0"), peer_host)
        if isinstance(decision, Rejection):
            ASSOCIATIONS.labels("rejected").inc()
            get_log().warning(
                "association rejected",
                door="cstore",
                host=peer_host,
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
                host=peer_host,
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

    def _decide(self, peer: Peer, calling_ae: str, called_ae: str, peer_host: str) -> Caller | Rejection:
        if self._closed:
            return LOCAL_LIMIT_EXCEEDED
        if called_ae != self._called_ae:
            return CALLED_AE_NOT_RECOGNIZED
        try:
            site = self._site_of(calling_ae)
        except (OverreadError, OSError) as error:
            get_log().error("the rules for peers cannot be read", door="cstore", **describe(error))
            return NOT_NOW
        if site is None:
            return CALLING_AE_NOT_RECOGNIZED
        caller = Caller(site, uuid.uuid4().hex, calling_ae, called_ae, peer_host)
        with self._lock:
            self._forget_ended()
            if len(self._inside) >= self._maximum:
                return LOCAL_LIMIT_EXCEEDED
            self._inside[peer] = caller
        return caller

    def _forget_ended(self) -> None:
        self._inside = {peer: caller for peer, caller in self._inside.items() if peer.is_alive()}
