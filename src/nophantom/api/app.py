"""The HTTP application: routes, guard, tags, metrics and pages, put together."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from nophantom.api import (
    backtests,
    comparisons,
    decisions,
    documents,
    drops,
    explanations,
    health,
    logs,
    metrics,
    questions,
    recommendations,
    runs,
    signals,
    snapshots,
    sources,
    studies,
    topic_comparisons,
    topics,
)
from nophantom.api.caching import EntityTags
from nophantom.api.guard import Access, Guard
from nophantom.api.pages import add_pages
from nophantom.api.problem import tell_problems
from nophantom.api.shapes import Store
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.blobs import Blobs
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date
from nophantom.version import __version__

_ABOUT = """Real signals and phantom ones, in model training and in technology trends.

Every list is a keyset page `{items, next_cursor, total, total_is_exact}`; every failure is
`{code, message, details}`. Unknown is null, never 0. Reading is open on loopback; writing needs
`Authorization: Bearer TOKEN` with the token that the server was started with (NOPHANTOM_TOKEN).
"""


def create(settings: Settings, *, host: str = "127.0.0.1") -> FastAPI:
    """The application over the store of the settings, its tables brought up to date.

    Args:
        settings: where the store is, and the token of writers.
        host: the address that it will be bound to; another than loopback needs a token.

    Raises:
        InvalidInput: the address may be reached by others and there is no token, or a short one.
        Unavailable, OtherVersion: the store cannot be used.
    """
    access = Access(host, settings.token.get_secret_value() if settings.token else None)
    engine = open_engine(settings.database_url)
    bring_up_to_date(engine, MIGRATIONS)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        # What was imported stays; looking through it again and again would hold up one request in a hundred.
        gc.collect()
        gc.freeze()
        yield
        engine.dispose()

    app = described()
    app.router.lifespan_context = life
    app.state.store = Store(engine, Blobs(settings.blobs_folder))
    app.state.metrics = metrics.Metrics()
    add_pages(app)
    # The last added stands first: a request is measured, guarded, then answered, tagged and compressed.
    app.add_middleware(EntityTags)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)
    app.add_middleware(Guard, access=access)
    app.add_middleware(metrics.Measured, metrics=app.state.metrics)
    return app


def described() -> FastAPI:
    """The routes alone, without a store: what openapi.json is made from."""
    app = FastAPI(
        title="NoPhantom",
        version=__version__,
        summary="Tells real signals from phantom ones.",
        description=_ABOUT,
        license_info={"name": "Apache-2.0"},
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        generate_unique_id_function=lambda route: route.name,
    )
    for part in (
        runs,
        comparisons,
        studies,
        questions,
        logs,
        explanations,
        topic_comparisons,
        snapshots,
        signals,
        recommendations,
        decisions,
        backtests,
        topics,
        sources,
        documents,
        drops,
        health,
        metrics,
    ):
        app.include_router(part.router)
    tell_problems(app)
    return app


def schema_text() -> str:
    """The content of openapi.json."""
    import json

    return json.dumps(described().openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
