"""One shape for everything that goes wrong: `{code, message, details}`, validation included."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from nophantom.errors import InvalidInput, NoPhantomError

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


class Fault(BaseModel):
    """One part of a request that is wrong."""

    where: str = Field(description="the parameter or field, as a path", examples=["query.limit"])
    message: str
    seen: str | None = Field(description="what was sent, short")


class Details(BaseModel):
    """What a program may want to know beyond the sentence."""

    faults: list[Fault] = Field(default=[], description="of invalid input, each wrong part")


class Problem(BaseModel):
    """What went wrong: a stable code, and a sentence that says what was seen and what to do."""

    code: str = Field(description="never changes once released", examples=["not_found"])
    message: str
    details: Details = Details()


def problem_response(status: int, code: str, message: str, faults: list[Fault] | None = None) -> JSONResponse:
    """An answer that says what went wrong."""
    told = Problem(code=code, message=message, details=Details(faults=faults or []))
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse(told.model_dump(), status_code=status, headers=headers)


def deliberate(error: NoPhantomError) -> JSONResponse:
    """The answer to an error of the tree."""
    return problem_response(error.http_status, error.code, error.message)


def tell_problems(app: FastAPI) -> None:
    """Give every failure of `app` the one shape."""

    async def _deliberate(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, NoPhantomError)
        return deliberate(error)

    async def _invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        faults = [_fault(told) for told in error.errors()]
        first = f"{faults[0].where}: {faults[0].message}" if faults else "no part of it is known"
        more = f" (and {len(faults) - 1} more in details)" if len(faults) > 1 else ""
        message = (
            f"this request cannot be answered: {first}{more}. /api/openapi.json says what each route takes."
        )
        return problem_response(InvalidInput.http_status, InvalidInput.code, message, faults)

    async def _http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        code = _CODES.get(error.status_code, "error")
        message = f"{request.method} {request.url.path}: {error.detail}. /api/openapi.json lists the routes."
        return problem_response(error.status_code, code, message)

    # The server itself logs the traceback.
    async def _bug(_: Request, __: Exception) -> JSONResponse:
        message = (
            "NoPhantom made a mistake of its own here; the server's log has its traceback. Please report it."
        )
        return problem_response(500, "bug", message)

    app.add_exception_handler(NoPhantomError, _deliberate)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


def _fault(told: dict[str, Any]) -> Fault:
    seen = told.get("input")
    return Fault(
        where=".".join(map(str, told["loc"])),
        message=str(told["msg"]),
        seen=None if seen is None else repr(seen)[:80],
    )


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The failures that a route documents, all of the one shape."""
    return {status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses}
