"""Where a log belongs in a study, from its path: `{study}/{arm}/seed{seed}/step{step}`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nophantom.errors import InvalidInput
from nophantom.llm.logs.records import Placement

FIELDS = {
    "study": "[^/]+",
    "arm": "[^/]+",
    "seed": "[0-9]{1,18}",
    "step": "[0-9]{1,18}",
    "split": "[^/]+",
    "model": "[^/]+",
}
"""What a pattern may name, and what stands for it in a path."""

_ALIASES = {"checkpoint": "step"}
_PIECE = re.compile(r"\{(?P<field>[^{}]*)\}|(?P<any>\*)|(?P<text>[^{}*]+)|(?P<brace>[{}])")
_KNOWN = ", ".join("{" + field + "}" for field in FIELDS)
_EXAMPLE = "'{arm}/seed{seed}/step{step}' fits svd/seed3/step1000/samples.jsonl"


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A pattern over the folders that a log lies in; `compile_pattern` makes one.

    Attributes:
        text: as the user wrote it.
        parts: one regular expression for each part between slashes.
        with_file: the last part may be the file's own name, since it has a dot.
    """

    text: str
    parts: tuple[str, ...]
    with_file: bool

    def place(self, path: str) -> Placement:
        """What the path says, where the pattern fits it: whole parts, as near to the file as it fits.

        A pattern that names seeds and no study takes the folder above it for the study.

        Args:
            path: of the file, with all its folders.

        Raises:
            InvalidInput: the pattern fits nowhere.

        >>> compile_pattern("{arm}/seed{seed}").place("exp/svd/seed3/org__model/samples.jsonl")
        Placement(study='exp', arm='svd', seed=3, step=None, split=None, model=None)
        """
        folders = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
        size = len(self.parts)
        for end in range(len(folders) - (not self.with_file), size - 1, -1):
            found = self._fits(folders[end - size : end])
            if found is not None:
                above = folders[end - size - 1] if end > size else None
                return _placement(found, above)
        raise InvalidInput(
            f"the pattern {self.text!r} does not fit {'/'.join(folders[-size - 2 :])!r}. It must fit whole parts of "
            f"the path, * standing for anything within one; for example {_EXAMPLE}."
        )

    def _fits(self, parts: list[str]) -> dict[str, str] | None:
        found: dict[str, str] = {}
        for pattern, part in zip(self.parts, parts, strict=True):
            fitting = re.fullmatch(pattern, part)
            if fitting is None:
                return None
            found |= fitting.groupdict()
        return found


def _placement(found: dict[str, str], above: str | None) -> Placement:
    seed, step = found.get("seed"), found.get("step")
    return Placement(
        study=found.get("study") or (above if seed is not None else None),
        # Of several models with seeds each is a condition of its own.
        arm=found.get("arm") or (found.get("model") if seed is not None else None),
        seed=None if seed is None else int(seed),
        step=None if step is None else int(step),
        split=found.get("split"),
        model=found.get("model"),
    )


def compile_pattern(pattern: str) -> PathPattern:
    """A pattern from its text: fields in braces, `*` for anything within a part, all else literal.

    Raises:
        InvalidInput: a brace without its partner, an unknown field, one named twice, two without text
            between them, or no field at all.
    """
    parts = [part for part in pattern.replace("\\", "/").split("/") if part not in ("", ".")]
    seen: list[str] = []
    compiled = tuple(_compile_part(part, pattern, seen) for part in parts)
    if not seen:
        raise InvalidInput(
            f"the pattern {pattern!r} names no field; known are {_KNOWN}. For example, {_EXAMPLE}."
        )
    return PathPattern(pattern, compiled, with_file="." in parts[-1])


def _compile_part(part: str, pattern: str, seen: list[str]) -> str:
    pieces: list[str] = []
    after_field = False
    for piece in _PIECE.finditer(part):
        if piece["brace"]:
            raise InvalidInput(
                f"the pattern {pattern!r} has a {piece['brace']!r} without its partner. {_hint()}"
            )
        if piece["text"]:
            pieces.append(re.escape(piece["text"]))
            after_field = False
            continue
        if after_field:
            raise InvalidInput(
                f"the pattern {pattern!r} has two fields with no text between them: nobody could say where one ends. "
                "Put the text that stands there between them."
            )
        after_field = True
        pieces.append("[^/]*" if piece["any"] else _field(piece["field"], pattern, seen))
    return "".join(pieces)


def _field(name: str, pattern: str, seen: list[str]) -> str:
    field = _ALIASES.get(name, name)
    if field not in FIELDS:
        raise InvalidInput(f"the pattern {pattern!r} has a field {'{' + name + '}'}. {_hint()}")
    if field in seen:
        raise InvalidInput(
            f"the pattern {pattern!r} names the {field} twice. Write * where the second one stands."
        )
    seen.append(field)
    return f"(?P<{field}>{FIELDS[field]})"


def _hint() -> str:
    return f"Known are {_KNOWN}; for example, {_EXAMPLE}."


@dataclass(frozen=True, slots=True)
class Placing:
    """How the logs of one import find their place.

    Attributes:
        fixed: what the user said for all of them; goes before everything else.
        pattern: over their paths; goes before what the file itself says.
    """

    fixed: Placement = field(default=Placement())
    pattern: PathPattern | None = None

    def place(self, path: str, own: Placement) -> Placement:
        """The place of one log.

        Args:
            path: of its file, with all its folders.
            own: what the file itself says.

        Raises:
            InvalidInput: the pattern does not fit the path.
        """
        by_path = Placement() if self.pattern is None else self.pattern.place(path)
        return self.fixed.over(by_path.over(own))
