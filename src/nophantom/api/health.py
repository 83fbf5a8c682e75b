"""Whether the server can answer."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import func, select

from nophantom.api.problem import answers
from nophantom.api.shapes import InSession, Sent
from nophantom.llm.ledger.tables import Study
from nophantom.version import __version__

router = APIRouter(tags=["operations"])


class HealthOut(Sent):
    """The server answers, and so does its database."""

    status: str
    version: str


@router.get("/healthz", response_model=HealthOut, responses=answers(503))
def health(session: InSession) -> object:
    """Say whether the server and its database answer."""
    session.execute(
        select(func.count()).select_from(Study)
    ).scalar_one()  # reads the file, not only the connection
    return {"status": "ok", "version": __version__}
