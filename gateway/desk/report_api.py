"""The desk's route by which a person says whose a report is that names somebody else than its case."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from gateway.case_reports.reports_of_others import say_whose_report
from gateway.node import Node


class Whose(BaseModel):
    """Whether the reports that name somebody else are those of the case's patient."""

    model_config = ConfigDict(extra="forbid")

    theirs: bool


def add_report(router: APIRouter, node: Node, admitted: Any) -> None:
    """Add the route to the desk's API."""

    @router.post("/cases/{number}/report", status_code=204)
    def whose_report(number: str, body: Whose, principal: admitted) -> Response:
        """Say that a report which names somebody else is the patient's all the same, or take it from the case."""
        say_whose_report(node, number, theirs=body.theirs, actor=principal.name)
        return Response(status_code=204)
