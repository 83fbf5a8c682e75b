"""The web pages: one document for every address of the app, and the files that it loads."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import Scope

from nophantom.api.guard import NONCE

BUILT = Path(__file__).resolve().parent / "static"
_PLACEHOLDER = "__CSP_NONCE__"
_MISSING = """<!doctype html><html lang="en"><title>NoPhantom</title>
<h1>The web pages were not built</h1>
<p>The API works: see <a href="/api/openapi.json">/api/openapi.json</a>. To build the pages, run <code>make setup</code>
(without NOPHANTOM_SKIP_WEB).</p></html>"""


class _Assets(StaticFiles):
    """Files whose names hold the hash of their content never change."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def add_pages(app: FastAPI, built: Path = BUILT) -> None:
    """Serve the built web app from `built` at every address that is no route of the API.

    Routes of the API must be added before.
    """
    index = built / "index.html"
    document = index.read_text(encoding="utf-8") if index.exists() else _MISSING
    router = APIRouter(include_in_schema=False)
    if (built / "assets").is_dir():
        app.mount("/assets", _Assets(directory=built / "assets"), name="assets")
    files = {f"/{file.name}": file for file in built.glob("*") if file.is_file() and file != index}

    @router.get("/{path:path}")
    def page(request: Request, path: str) -> Response:
        if path.split("/")[0] in {"api", "assets", "metrics", "healthz"}:
            raise HTTPException(404, "there is no such route")
        if file := files.get(f"/{path}"):
            if file.name.startswith("."):
                raise HTTPException(404, "there is no such route")
            from fastapi.responses import FileResponse

            return FileResponse(file)
        # Every address of the app is this document; its script shows the page, or says that there is none.
        told = document.replace(_PLACEHOLDER, request.scope[NONCE])
        status = 200 if index.exists() else 503
        return HTMLResponse(told, status_code=status, headers={"Cache-Control": "no-cache"})

    app.include_router(router)
