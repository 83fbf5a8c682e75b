"""Training scripts of the user's: their commands, and the results that they leave. WORLD: reads files."""

from __future__ import annotations

import fnmatch
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from nophantom.errors import InvalidInput, NoPhantomError, Unreadable
from nophantom.llm.ledger.writing import LogFile
from nophantom.llm.logs.placement import compile_pattern
from nophantom.llm.logs.records import EvaluationLog, Framework, LoggedProblem, Placement
from nophantom.llm.opening import LogOnDisk, NoLog, find_candidates, logs_of, read_content, read_logs
from nophantom.llm.problems import distinct_keys, question_key
from nophantom.llm.recipe import Script
from nophantom.llm.script_work import OUTPUT


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is to leave: an evaluation at every step on every split.

    Attributes:
        seed: of the run; `arm` its condition, `plan_hash` its study.
        problems: of each split, as the plan has them.
    """

    plan_hash: str
    arm: str
    seed: int
    steps: tuple[int, ...]
    problems: Mapping[str, Sequence[LoggedProblem]]


def command_of(script: Script, *, arm: str, seed: int, out: Path) -> tuple[str, ...]:
    """The words of a command, as a shell would cut it, with what is known put in.

    Raises:
        InvalidInput: a quotation mark is not closed.

    >>> command_of(Script("run --seed {seed} 'a b'"), arm="x", seed=3, out=Path("o"))
    ('run', '--seed', '3', 'a b')
    """
    try:
        words = shlex.split(script.command)
    except ValueError as wrong:
        raise InvalidInput(
            f"the command {script.command!r} of the arm {arm!r} cannot be cut: {wrong}."
        ) from None
    known = {"{seed}": str(seed), "{out}": str(out), "{arm}": arm, "{python}": sys.executable}
    return tuple(_filled(word, known) for word in words)


def _filled(text: str, known: Mapping[str, str]) -> str:
    for mark, value in known.items():
        text = text.replace(mark, value)
    return text


def last_words(output: bytes) -> str:
    r"""The last line that says something.

    >>> last_words(b"begin\nKeyError: 'lr'\n\n")
    "KeyError: 'lr'"
    """
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it printed nothing"


def read_results(out: Path, script: Script, wanted: Wanted) -> list[tuple[EvaluationLog, LogFile]]:
    """What a script has left, each evaluation at its planned place, its problems those of the plan.

    Files that are no logs are left alone, and so are evaluations at other steps and on other splits.

    Raises:
        Unreadable: a log is damaged, tells no step or split, or has other problems; or a planned one is missing.
    """
    found: dict[tuple[int, str], tuple[EvaluationLog, LogFile]] = {}
    for file, by_path in _logs_below(out, script, wanted):
        name = file.path.relative_to(out).as_posix()
        content = read_content(file)
        for number, log in enumerate(read_logs(file, content)):
            place = by_path.over(log.placement)
            if place.seed not in {None, wanted.seed}:
                continue
            step, split = _step(place, wanted, name), _split(place, log, wanted, name)
            if step not in wanted.steps or split not in wanted.problems:
                continue
            if (step, split) in found:
                other = found[step, split][1].path
                raise Unreadable(
                    f"{name} and {other} both hold step {step} on {split!r}. Name the one that counts with logs."
                )
            aligned = _aligned(log, wanted.problems[split], f"{name} (step {step}, {split})")
            known_as = f"{wanted.plan_hash} {wanted.arm} {wanted.seed} {name} {number} "
            digest = sha256(known_as.encode() + content.data).hexdigest()
            placed = replace(aligned, placement=Placement(step=step, split=split))
            found[step, split] = placed, LogFile(name, digest, len(content.data), digest)
    missing = [
        (step, split) for step in wanted.steps for split in wanted.problems if (step, split) not in found
    ]
    if missing:
        step, split = missing[0]
        more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise Unreadable(f"it left no log of step {step} on {split!r}{more} in {str(out)!r}")
    return list(found.values())


def _logs_below(out: Path, script: Script, wanted: Wanted) -> Iterator[tuple[LogOnDisk, Placement]]:
    """The logs that a script has left, each with what its path says."""
    seen: set[Path] = set()
    for candidate in find_candidates([out]):
        if (
            candidate.path == out / OUTPUT
            or _placed_by(script, wanted, candidate.path.relative_to(out)) is None
        ):
            continue
        # What the arm names is as if a person had named it: whatever may be a table of scores is taken for one.
        for log in logs_of(replace(candidate, named=bool(script.logs))):
            if isinstance(log, NoLog):
                if log.error is not None:
                    raise log.error
            elif log.path.resolve() not in seen:
                seen.add(log.path.resolve())
                yield log, _placed_by(script, wanted, log.path.relative_to(out)) or Placement()


def _placed_by(script: Script, wanted: Wanted, path: Path) -> Placement | None:
    """What the path says; None where it is none of the logs that the arm names."""
    if not script.logs:
        return Placement()
    known = {"{seed}": str(wanted.seed), "{arm}": wanted.arm}
    pattern = _filled(script.logs.removeprefix("{out}/"), known)
    if "{" not in pattern:
        return Placement() if fnmatch.fnmatch(path.as_posix(), pattern) else None
    compiled = compile_pattern(pattern)
    try:
        return compiled.place(path.as_posix())
    except NoPhantomError:
        return None


def _step(place: Placement, wanted: Wanted, name: str) -> int:
    if place.step is not None:
        return place.step
    if len(wanted.steps) == 1:
        return wanted.steps[0]
    raise Unreadable(
        f'{name} does not tell its step. Let the paths say it, as in logs = "{{out}}/step{{step}}.jsonl", or a '
        "column `step`."
    )


def _split(place: Placement, log: EvaluationLog, wanted: Wanted, name: str) -> str:
    told = place.split or log.split
    if told is not None:
        return told
    keys = {split: {question_key(p.question, p.choices) for p in of} for split, of in wanted.problems.items()}
    own = {question_key(p.question, p.choices) for p in log.problems}
    fitting = [split for split, of_split in keys.items() if own <= of_split]
    if len(fitting) == 1:
        return fitting[0]
    raise Unreadable(
        f'{name} does not tell its split. Let the paths say it, as in logs = "{{out}}/{{split}}/step{{step}}.jsonl", '
        "or a column `split`."
    )


def _aligned(log: EvaluationLog, planned: Sequence[LoggedProblem], name: str) -> EvaluationLog:
    """The same outcomes over the problems of the plan.

    Problems are known by their text. A table without texts may number them in the order of the split.
    """
    places = _places(log, planned)
    if strange := [p.source_id for p, place in zip(log.problems, places, strict=True) if place is None]:
        raise Unreadable(
            f"{name} holds {len(strange)} problems that are none of this split, the first {strange[0][:60]!r}. Give "
            "their questions word for word, or number them from 0 in the order of the split"
        )
    if lacking := len(planned) - len(set(places)):
        raise Unreadable(f"{name} lacks {lacking} of {len(planned)} problems. Evaluate all of them")
    responses = tuple(replace(r, problem=places[r.problem] or 0) for r in log.responses)
    return replace(log, problems=tuple(planned), responses=responses)


def _places(log: EvaluationLog, planned: Sequence[LoggedProblem]) -> list[int | None]:
    if log.framework is Framework.TABLE and all(p.question == f"id:{p.source_id}" for p in log.problems):
        numbers = [int(p.source_id) if p.source_id.isdecimal() else -1 for p in log.problems]
        first = 1 if min(numbers, default=0) == 1 and max(numbers) == len(planned) else 0
        return [n - first if first <= n < len(planned) + first else None for n in numbers]
    keys = distinct_keys(question_key(p.question, p.choices) for p in planned)
    by_key = {key: place for place, key in enumerate(keys)}
    return [
        by_key.get(key) for key in distinct_keys(question_key(p.question, p.choices) for p in log.problems)
    ]
