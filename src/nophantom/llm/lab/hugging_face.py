"""A Hugging Face model on this machine, asked in batches. Torch and transformers load when one is opened.

Every answer is drawn by a generator of its own, so that neither its batch nor a restart decides what it is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput, NotFound, Unavailable, Unreadable
from nophantom.llm.asked_models import Answer, AskedPrompt, Sampling
from nophantom.llm.problems import Failure

if TYPE_CHECKING:
    import torch

_PARTS = (".safetensors", ".bin", ".json", ".model", ".txt", ".jinja")
_CHUNK = 2**22


@dataclass
class HuggingFaceModel:
    """A causal language model with its tokeniser.

    Attributes:
        name: of its folder.
        weights_hash: SHA-256 over the files of the folder that decide an answer: the path names nothing.
        sampling: how answers are drawn.
        stops: texts at which an answer ends.
        batch: prompts that are answered together.
        uses_template: whether a prompt is put as a message of the model's own chat template.
        device: as torch calls it.
    """

    name: str
    weights_hash: str
    sampling: Sampling
    stops: tuple[str, ...]
    batch: int
    uses_template: bool
    device: str
    _model: Any = field(repr=False)
    _tokeniser: Any = field(repr=False)
    _ends: frozenset[int] = frozenset()

    @property
    def settings(self) -> Mapping[str, object]:
        """Weights, precision, and how answers are drawn."""
        return {
            "kind": "hf",
            "weights": self.weights_hash,
            "dtype": str(self._model.dtype),
            "chat_template": self.uses_template,
            "request": {
                "temperature": self.sampling.temperature,
                "max_tokens": self.sampling.max_tokens,
                "stop": list(self.stops),
                "seed": self.sampling.seed if self.sampling.temperature else None,
            },
        }

    async def answers(
        self, prompts: Iterable[AskedPrompt]
    ) -> AsyncGenerator[tuple[AskedPrompt, Answer], None]:
        """Every answer, batch by batch.

        Raises:
            Unavailable: the memory does not hold a batch.
        """
        waiting = iter(prompts)
        while some := list(islice(waiting, self.batch)):
            # In a thread, so that what came before is written meanwhile.
            for prompt, answer in zip(some, await asyncio.to_thread(self._answer, some), strict=True):
                yield prompt, answer

    def _answer(self, prompts: Sequence[AskedPrompt]) -> list[Answer]:
        import torch

        start = time.monotonic()
        texts = [self._put(prompt.prompt) for prompt in prompts]
        encoded = self._tokeniser(
            texts, return_tensors="pt", padding=True, add_special_tokens=not self.uses_template
        ).to(self.device)
        lengths = encoded["attention_mask"].sum(dim=1).tolist()
        longest = getattr(self._model.config, "max_position_embeddings", None)
        rows = [
            _Row(
                np.random.default_rng([self.sampling.seed, prompt.place, prompt.attempt]),
                self.sampling.max_tokens
                if longest is None
                else min(self.sampling.max_tokens, longest - length),
            )
            for prompt, length in zip(prompts, lengths, strict=True)
        ]
        try:
            with torch.inference_mode():
                self._generate(encoded, rows)
        except (torch.OutOfMemoryError, MemoryError):
            raise Unavailable(
                f"the memory of {self.device} does not hold {len(prompts)} prompts of {max(lengths)} tokens at once. "
                "Give a smaller --batch; what was answered is kept."
            ) from None
        seconds = (time.monotonic() - start) / len(prompts)
        return [self._read(row, length, seconds) for row, length in zip(rows, lengths, strict=True)]

    def _put(self, prompt: str) -> str:
        if not self.uses_template:
            return prompt
        message = [{"role": "user", "content": prompt}]
        return str(self._tokeniser.apply_chat_template(message, tokenize=False, add_generation_prompt=True))

    def _generate(self, encoded: Mapping[str, torch.Tensor], rows: list[_Row]) -> None:
        """Continue every row to its end, by Hugging Face's own loop; which token comes is decided in `_Row`."""
        import torch

        def choose(_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            logits = scores.float()
            likely = torch.log_softmax(logits, dim=-1)
            drawn = logits.argmax(dim=-1).tolist()
            for number, row in enumerate(rows):
                if row.is_open:
                    if self.sampling.temperature:
                        shares = torch.softmax(logits[number] / self.sampling.temperature, dim=-1)
                        drawn[number] = row.draw(shares.double().cpu().numpy())
                    row.take(drawn[number], float(likely[number, drawn[number]]), self)
            forced = torch.full_like(logits, float("-inf"))
            return forced.scatter_(1, torch.tensor(drawn, device=logits.device)[:, None], 0.0)

        def ended(ids: torch.Tensor, _scores: object, **_more: object) -> torch.Tensor:
            return torch.tensor([not row.is_open for row in rows], device=ids.device)

        for row in rows:
            row.is_open = row.room > 0
        if any(row.is_open for row in rows):
            self._model.generate(
                **encoded,
                max_new_tokens=self.sampling.max_tokens,
                logits_processor=[choose],
                stopping_criteria=[ended],
            )

    def decode(self, tokens: Sequence[int]) -> str:
        """Tokens as text, without the special ones."""
        return str(self._tokeniser.decode(tokens, skip_special_tokens=True))

    def cut(self, text: str) -> str | None:
        """The text up to its first stop; None where it holds none."""
        found = [place for stop in self.stops if (place := text.find(stop)) >= 0]
        return text[: min(found)] if found else None

    def is_end(self, token: int) -> bool:
        """Whether a token ends every answer."""
        return token in self._ends

    def _read(self, row: _Row, prompt_tokens: int, seconds: float) -> Answer:
        if row.room <= 0:
            why = f"a prompt of {prompt_tokens} tokens, more than the model reads"
            return Answer(None, Failure.ERROR, why, prompt_tokens=prompt_tokens, seconds=seconds)
        text = self.decode(row.tokens)
        if (short := self.cut(text)) is not None:
            # The tokens that the stop is made of are no part of the answer, nor of its likelihood.
            kept = next(
                n for n in range(len(row.tokens) + 1) if self.decode(row.tokens[:n]).startswith(short)
            )
            text, likelihoods = short, row.likelihoods[:kept]
        else:
            likelihoods = row.likelihoods
        return Answer(
            text,
            is_cut=row.is_cut,
            log_likelihood=float(np.sum(likelihoods)) if likelihoods else None,
            prompt_tokens=prompt_tokens,
            answer_tokens=len(row.tokens),
            seconds=seconds,
        )


@dataclass
class _Row:
    """One answer as it grows."""

    rng: np.random.Generator
    room: int
    tokens: list[int] = field(default_factory=list)
    likelihoods: list[float] = field(default_factory=list)
    is_open: bool = True
    is_cut: bool = False

    def draw(self, shares: NDArray[np.float64]) -> int:
        """A token, by its share."""
        reached = np.cumsum(shares)
        return int(
            min(np.searchsorted(reached, self.rng.random() * reached[-1], side="right"), len(shares) - 1)
        )

    def take(self, token: int, likelihood: float, model: HuggingFaceModel) -> None:
        """Append a token, and see whether the answer ends."""
        if model.is_end(token):
            self.is_open = False
            return
        self.tokens.append(token)
        self.likelihoods.append(likelihood)
        # A stop may begin some tokens back, not more than it has characters.
        tail = self.tokens[-(max(map(len, model.stops), default=0) + 8) :]
        if model.stops and model.cut(model.decode(tail)) is not None:
            self.is_open = False
        elif len(self.tokens) >= self.room:
            self.is_open, self.is_cut = False, True


def open_model(
    path: Path,
    sampling: Sampling,
    *,
    stops: tuple[str, ...] = (),
    batch: int = 8,
    uses_template: bool = False,
    device: str = "auto",
) -> HuggingFaceModel:
    """Load a model and its tokeniser from a folder.

    Args:
        path: as `save_pretrained` wrote it; nothing is fetched.
        sampling: how answers are drawn.
        stops: texts at which an answer ends.
        batch: prompts that are answered together.
        uses_template: put prompts as messages of the model's own chat template.
        device: as torch calls it; "auto" takes a GPU where there is one.

    Raises:
        NotFound: there is no such folder.
        Unavailable: torch or transformers is not installed, or there is no such device.
        Unreadable: the folder holds no causal language model, or it is damaged.
        InvalidInput: a batch of none, or a chat template that the model does not have.
    """
    if batch < 1:
        raise InvalidInput(f"a batch holds at least one prompt; got {batch}.")
    if not path.is_dir():
        raise NotFound(
            f"there is no folder {str(path)!r}. hf: takes the folder of a model on this machine, as "
            "save_pretrained writes it."
        )
    transformers = _transformers()
    place = _device(device)
    tokeniser, model = _load(transformers, path, place)
    if uses_template and not getattr(tokeniser, "chat_template", None):
        raise InvalidInput(f"the model in {str(path)!r} has no chat template. Leave out --chat-template.")
    told = model.generation_config.eos_token_id
    ends = {told} if isinstance(told, int) else set(told or ())
    if tokeniser.eos_token_id is not None:
        ends.add(tokeniser.eos_token_id)
    if tokeniser.pad_token_id is None:
        tokeniser.pad_token_id = min(ends) if ends else 0
    # Nothing of what the makers recommend (penalties, top-k) may decide beside what was asked for.
    model.generation_config = transformers.GenerationConfig(
        do_sample=False, eos_token_id=sorted(ends) or None, pad_token_id=tokeniser.pad_token_id
    )
    return HuggingFaceModel(
        path.resolve().name,
        _hash_of(path),
        sampling,
        stops,
        batch,
        uses_template,
        place,
        model,
        tokeniser,
        frozenset(ends),
    )


def _transformers() -> ModuleType:
    """The library, silent, where it is installed."""
    try:
        import_module("torch")
        found = import_module("transformers")
    except ImportError:
        raise Unavailable(
            "a model on this machine needs torch and transformers, which are not installed: "
            "pip install 'nophantom[hf]'."
        ) from None
    found.utils.logging.set_verbosity_error()
    found.utils.logging.disable_progress_bar()
    return found


def _load(transformers: ModuleType, path: Path, place: str) -> tuple[Any, Any]:
    """The tokeniser and the model of a folder, ready to answer."""
    try:
        tokeniser = transformers.AutoTokenizer.from_pretrained(
            path, padding_side="left", local_files_only=True
        )
        model = transformers.AutoModelForCausalLM.from_pretrained(path, dtype="auto", local_files_only=True)
        return tokeniser, model.to(place).eval()
    except (OSError, ValueError, KeyError, RuntimeError) as problem:
        said = " ".join(str(problem).split())[:300]
        raise Unreadable(
            f"{str(path)!r} holds no causal language model that can be loaded: {said}. Copy the folder again."
        ) from None


def _device(wanted: str) -> str:
    import torch

    if wanted == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=wanted)
    except (RuntimeError, AssertionError) as problem:
        raise Unavailable(f"there is no device {wanted!r} here: {str(problem).splitlines()[0]}.") from None
    return wanted


def _hash_of(folder: Path) -> str:
    """SHA-256 over names and contents of the files that make the model."""
    whole = sha256()
    for path in sorted(p for p in folder.iterdir() if p.is_file() and p.suffix in _PARTS):
        part = sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                part.update(chunk)
        whole.update(f"{path.name}\0{part.hexdigest()}\n".encode())
    return whole.hexdigest()
