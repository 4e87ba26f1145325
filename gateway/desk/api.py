"""The desk's JSON API: what waits, and what a coordinator decides about it; the pages use it too.

Coordinators and admins only, by token or by the desk's log-in. A look that shows an identity and every decision are in
the audit trail under the name of who asked. A decision is answered with 204 and nothing else.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from config.case_number import half_width
from gateway import audit
from gateway.accepting import accept
from gateway.case_reports.unmerging import take_back_merge
from gateway.case_words import set_words, words_view
from gateway.cases import close_case, open_case
from gateway.decisions import match_by_person, reject_by_person, unmatch_by_person
from gateway.desk import case_api
from gateway.desk.at_desk import case_at_desk, study_at_desk
from gateway.desk.case_form import correct_case
from gateway.desk.gate import admits_coordinators
from gateway.desk.quarantine_api import add_quarantine
from gateway.desk.reminders import case_reminder, study_reminder
from gateway.desk.report_api import add_report
from gateway.desk.waiting import LARGEST_PAGE, cases_lacking_records, counts, waiting_studies
from gateway.links import get_study, request_revision
from gateway.merging import merge_cases
from gateway.node import Node
from gateway.one_person import take_back_one_person
from gateway.studies import release, unflag
from gateway.whose_study import accept_as_one_patient, choose_patient
from worklist.bounded import BoundedRoute
from worklist.principal import Principal

_NO_STORE = {"Cache-Control": "no-store"}
_Number = Annotated[str, Field(min_length=10, max_length=14)]
_Text = Annotated[str, Field(max_length=400_000)]
_Site = Annotated[str | None, Query(max_length=64)]
_After = Annotated[int, Query(ge=0, le=2**62)]
_Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WhichCase(_Body):
    """The case that a decision is about."""

    case_number: _Number


class Words(_Body):
    """The words for a reader, as a person wants them; `source` is that of the words that were looked at."""

    report: _Text
    question: _Text
    source: Annotated[str, Field(max_length=64)]
    approve: bool = False


class SamePatient(_Body):
    """Whether two patients inside one study are one; if not, whose it is: its present patient's where none is named."""

    same: bool
    patient: Annotated[int, Field(ge=1, le=2**62)] | None = None


class WhichPatient(_Body):
    """One of the patients who came inside a study."""

    patient: Annotated[int, Field(ge=1, le=2**62)]


class WhichMerge(_Body):
    """One of the merges of a case's numbers that its site told."""

    merge: Annotated[int, Field(ge=1, le=2**62)]


class Identity(_Body):
    """Who the patient of a case really is; what is empty stays as it was."""

    name: Annotated[str, Field(max_length=500)] = ""
    birth_date: Annotated[str, Field(max_length=10)] = ""
    sex: Annotated[str, Field(max_length=16)] = ""
    patient_id: Annotated[str, Field(max_length=128)] = ""
    issuer: Annotated[str, Field(max_length=128)] = ""


class Letter(_Body):
    """In which language a letter is written; the hospital's own where none is said."""

    language: Annotated[str, Field(max_length=16)] | None = None


def make_router(node: Node) -> APIRouter:
    """Return the routes below `/desk/api`."""
    router = APIRouter(prefix="/desk/api", tags=["desk"], route_class=BoundedRoute)
    admitted = Annotated[Principal, Depends(admits_coordinators(node))]
    _add_lists(router, node, admitted)
    _add_study(router, node, admitted)
    _add_links(router, node, admitted)
    _add_words(router, node, admitted)
    _add_case(router, node, admitted)
    add_quarantine(router, node, admitted)
    add_report(router, node, admitted)
    router.include_router(case_api.make_router(node, admitted))
    return router


def _add_lists(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.get("/overview")
    def overview(_principal: admitted) -> JSONResponse:
        """Return how many studies are in each state, and how many wait beyond the goal; names nobody."""
        with node.identity.read() as session:
            licensed = node.settings.worklist.require_licence
            counted = counts(session, now=node.clock(), goal_days=node.settings.desk.goal_days, licensed=licensed)
            return _answer(counted)

    @router.get("/studies")
    def studies(principal: admitted, site: _Site = None, after: _After = 0, limit: _Limit = 50) -> JSONResponse:
        """Return the studies that wait for a person, oldest first."""
        with node.identity.write() as session:
            rows, following = waiting_studies(session, now=node.clock(), site=site, after=after, limit=limit)
            looked(session, node, principal, "desk-studies-viewed", f"{len(rows)} studies")
        return _answer({"studies": rows, "next": following})

    @router.get("/cases")
    def cases(principal: admitted, site: _Site = None, after: _After = 0, limit: _Limit = 50) -> JSONResponse:
        """Return the open cases that lack images, a report or a study that can be read, oldest first."""
        with node.identity.write() as session:
            now, licensed = node.clock(), node.settings.worklist.require_licence
            rows, following = cases_lacking_records(
                session, now=now, licensed=licensed, site=site, after=after, limit=limit
            )
            looked(session, node, principal, "desk-cases-viewed", f"{len(rows)} cases")
        return _answer({"cases": rows, "next": following})


def _add_study(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.get("/studies/{study_uid}")
    def study(study_uid: str, principal: admitted) -> JSONResponse:
        """Return a study beside its candidates, with its fitness and its history."""
        with node.identity.write() as session:
            view = study_at_desk(session, node, study_uid)
            looked(session, node, principal, "desk-study-viewed", study_uid)
        return _answer(view)

    @router.post("/studies/{study_uid}/release", status_code=204)
    def let_go(study_uid: str, principal: admitted) -> Response:
        """Let a study go on without a case."""
        release(node, study_uid, actor=principal.name)
        return Response(status_code=204)

    @router.post("/studies/{study_uid}/accept", status_code=204)
    def accept_study(study_uid: str, principal: admitted) -> Response:
        """Let a study be read though it was judged not fit."""
        accept(node, study_uid, actor=principal.name)
        return Response(status_code=204)

    @router.post("/studies/{study_uid}/seen", status_code=204)
    def seen(study_uid: str, principal: admitted) -> Response:
        """Take the flag off a study: a person has looked at what came or became known after it was published."""
        unflag(node, study_uid, actor=principal.name)
        return Response(status_code=204)

    @router.post("/studies/{study_uid}/identities", status_code=204)
    def identities(study_uid: str, body: SamePatient, principal: admitted) -> Response:
        """Say whether two patients inside the study are one, or whose it is: the others' objects are set aside."""
        if body.same:
            accept_as_one_patient(node, study_uid, actor=principal.name)
        else:
            choose_patient(node, study_uid, body.patient, actor=principal.name)
        return Response(status_code=204)

    @router.post("/studies/{study_uid}/apart", status_code=204)
    def apart(study_uid: str, body: WhichPatient, principal: admitted) -> Response:
        """Take back that a patient inside the study is one with another: whose the study is has to be said anew."""
        take_back_one_person(node, study_uid, body.patient, actor=principal.name)
        return Response(status_code=204)

    @router.post("/studies/{study_uid}/reminder")
    def remind_of_study(study_uid: str, body: Letter, principal: admitted) -> JSONResponse:
        """Return the letter that asks for the report of a study without a case."""
        return _answer(study_reminder(node, study_uid, language=body.language, actor=principal.name))


def _add_links(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.post("/studies/{study_uid}/link", status_code=204)
    def link(study_uid: str, body: WhichCase, principal: admitted) -> Response:
        """Link a study to a case."""
        match_by_person(node, plain_number(body.case_number), study_uid, actor=principal.name)
        return Response(status_code=204)

    @router.post("/studies/{study_uid}/unlink", status_code=204)
    def unlink(study_uid: str, body: WhichCase, principal: admitted) -> Response:
        """Part a study from a case; possible until its read is signed."""
        unmatch_by_person(node, plain_number(body.case_number), study_uid, actor=principal.name)
        return Response(status_code=204)

    @router.post("/studies/{study_uid}/reject", status_code=204)
    def reject(study_uid: str, body: WhichCase, principal: admitted) -> Response:
        """Say that a study does not belong to a case; the pair is never proposed again."""
        reject_by_person(node, plain_number(body.case_number), study_uid, actor=principal.name)
        return Response(status_code=204)


def _add_words(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.get("/studies/{study_uid}/words")
    def words(study_uid: str, principal: admitted) -> JSONResponse:
        """Return the case's words as they came, with what was taken out, and as the reader gets them."""
        with node.identity.write() as session:
            view = words_view(session, node, study_uid)
            looked(session, node, principal, "desk-words-viewed", study_uid)
        return _answer(view)

    @router.post("/studies/{study_uid}/words", status_code=204)
    def correct_words(study_uid: str, body: Words, principal: admitted) -> Response:
        """Correct the words for the reader, and approve them or not."""
        with node.identity.write() as session:
            study = get_study(session, study_uid)
            set_words(
                session,
                node,
                study,
                report=body.report,
                question=body.question,
                source=body.source,
                approve=body.approve,
                actor=principal.name,
            )
            request_revision(study)
        return Response(status_code=204)


def _add_case(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.get("/cases/{number}")
    def case(number: str, principal: admitted) -> JSONResponse:
        """Return a case with what it lacks and its history."""
        with node.identity.write() as session:
            view = case_at_desk(session, node, number)
            looked(session, node, principal, "case-viewed", str(view["case_number"]))
        return _answer(view)

    @router.post("/cases/{number}/identity", status_code=204)
    def correct(number: str, body: Identity, principal: admitted) -> Response:
        """Correct whom a case is about; its studies are matched, searched and cleaned anew."""
        ids = ({"id": body.patient_id, "issuer": body.issuer},) if body.patient_id else ()
        correct_case(
            node, number, name=body.name, birth_date=body.birth_date, sex=body.sex, ids=ids, actor=principal.name
        )
        return Response(status_code=204)

    @router.post("/cases/{number}/merge", status_code=204)
    def merge(number: str, body: WhichCase, principal: admitted) -> Response:
        """Merge another case into this one; the other is closed."""
        merge_cases(node, number, plain_number(body.case_number), actor=principal.name)
        return Response(status_code=204)

    @router.post("/cases/{number}/apart", status_code=204)
    def part_numbers(number: str, body: WhichMerge, principal: admitted) -> Response:
        """Take back that two numbers of the case are one person's: it loses what the merge alone told it."""
        take_back_merge(node, number, body.merge, actor=principal.name)
        return Response(status_code=204)

    @router.post("/cases/{number}/close", status_code=204)
    def close(number: str, principal: admitted) -> Response:
        """Close a case: no further study is linked to it."""
        close_case(node, number, actor=principal.name)
        return Response(status_code=204)

    @router.post("/cases/{number}/open", status_code=204)
    def open_again(number: str, principal: admitted) -> Response:
        """Open a closed case again: the studies that wait look whether they belong to it."""
        open_case(node, number, actor=principal.name)
        return Response(status_code=204)

    @router.post("/cases/{number}/reminder")
    def remind_of_case(number: str, body: Letter, principal: admitted) -> JSONResponse:
        """Return the letter that asks for what a case lacks, with a new upload link."""
        return _answer(case_reminder(node, number, language=body.language, actor=principal.name))


def looked(session: Session, node: Node, principal: Principal, action: str, subject: str) -> None:
    """Put a look at identities into the audit trail, in the caller's transaction."""
    audit.note(session, node.clock, actor=principal.name, action=action, subject=subject)


def plain_number(number: str) -> str:
    """Return a case number without the spaces and hyphens that people write into it, its digits those of ASCII."""
    return half_width(number).replace(" ", "").replace("-", "")


def _answer(view: Any) -> JSONResponse:
    return JSONResponse(view, headers=_NO_STORE)
