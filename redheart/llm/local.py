"""A causal language model on this machine, through transformers."""

from __future__ import annotations

import threading
import traceback
from typing import Any

import torch
from jinja2 import TemplateError

from redheart.blocking import run_blocking
from redheart.config.schema import LLMSection
from redheart.devices import DeviceName, is_out_of_memory
from redheart.errors import LLMError
from redheart.llm.base import LLMPlugin
from redheart.llm.causal_model import empty_model, read_config, read_tokenizer
from redheart.llm.causal_weights import stored_weights
from redheart.llm.causal_work import PREFILL_TOKENS, work_bytes
from redheart.llm.model_files import ModelFiles, locate
from redheart.types.llm import GenerateReply, GenerateRequest
from redheart.types.residency import SwapPriority
from redheart.types.weights import HeldWeights

MODULE = "llm"


class LocalLLM(LLMPlugin):
    """Greedy decoding in float32: the same words every time. Safetensors or GGUF; pickles and remote code are refused.

    Structure and tokenizer are read once, when it is built; the weights are the module `llm`, and come and go as the
    memory manager decides.
    """

    name = "local"
    needs = (MODULE,)

    def __init__(self, settings: LLMSection, device: DeviceName = "auto") -> None:
        """Raises ConfigError, CheckpointError."""
        super().__init__(settings, device)
        files = locate(settings.model)
        _import_what_writing_needs()
        config, told = read_config(files)
        model = empty_model(files, config)
        stored = stored_weights(files, model, told)
        room = min(settings.context_tokens, _window(model) or settings.context_tokens)
        self._held = HeldWeights(MODULE, SwapPriority.PRIMARY, model, stored, work_bytes(model, room))
        self._writer = CausalWriter(files, model, read_tokenizer(files), settings.context_tokens)

    def weights(self) -> tuple[HeldWeights, ...]:
        """The one module."""
        return (self._held,)

    async def generate(self, request: GenerateRequest) -> GenerateReply:
        """Write at most `max_tokens` tokens. Raises LLMError if the module is not held, or the prompt is too long.

        Memory that runs out raises what torch or Python raise.
        """
        return await run_blocking(self._writer.write, request)


class CausalWriter:
    """Writes with a model whose weights are held. Prompt and answer together have at most `context_tokens` tokens."""

    def __init__(self, files: ModelFiles, model: Any, tokenizer: Any, context_tokens: int) -> None:
        self._files, self._model, self._tokenizer = files, model, tokenizer
        self._context_tokens = context_tokens
        # One text at a time: two at once would not be faster, and would need two caches.
        self._writing = threading.Lock()

    def write(self, request: GenerateRequest) -> GenerateReply:
        """Blocking. Raises LLMError, or what torch and Python raise where memory runs out."""
        with self._writing, torch.inference_mode():
            try:
                return self._write(request)
            except (MemoryError, RuntimeError, ValueError, IndexError, TemplateError) as error:
                # Its frames hold caches and weights, and it lives as long as somebody looks at it.
                traceback.clear_frames(error.__traceback__)
                if is_out_of_memory(error):
                    raise
                self._refuse_absent_weights()
                reason = " ".join(str(error).split())[:300]
                raise LLMError(f"LLM '{self._files.name}' failed ({reason}). Use another model.") from error

    def _write(self, request: GenerateRequest) -> GenerateReply:
        ids = self._prompt_ids(request)  # (1, T)
        self._check_room(ids.shape[1], request.max_tokens)
        # Only the first: the last ones may still be on their way.
        device = next(self._model.parameters()).device
        if device.type == "meta":
            self._refuse_absent_weights()
        ids = ids.to(device)
        ends = _end_tokens(self._model, self._tokenizer)
        settings = _greedy(request.max_tokens, ends, ids.shape[1])
        out = self._model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=settings)
        new = out[0, ids.shape[1] :].tolist()  # (1, T + N) -> N
        finished = bool(new) and new[-1] in ends
        text = self._tokenizer.decode(new, skip_special_tokens=True)
        return GenerateReply(text=text, tokens=len(new), model=self._files.name, stopped_at_limit=not finished)

    def _refuse_absent_weights(self) -> None:
        if any(weight.is_meta for weight in self._model.parameters()):
            raise LLMError(
                f"the weights of '{self._files.name}' are not in memory. Hold the module '{MODULE}' first."
            ) from None

    def _prompt_ids(self, request: GenerateRequest) -> torch.Tensor:
        """(1, T): through the model's chat template where it has one."""
        if not self._tokenizer.chat_template:
            text = f"{request.system}\n\n{request.prompt}\n\n"
            ids: torch.Tensor = self._tokenizer(text, return_tensors="pt")["input_ids"]
            return ids
        turns = [{"role": "system", "content": request.system}, {"role": "user", "content": request.prompt}]
        text = self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        # The template has written the special tokens already.
        ids = self._tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
        return ids

    def _check_room(self, prompt_tokens: int, max_tokens: int) -> None:
        asked = f"the prompt has {prompt_tokens} tokens and the answer may have {max_tokens}"
        window = _window(self._model)
        if window is not None and prompt_tokens + max_tokens > window:
            raise LLMError(
                f"{asked}; the window of '{self._files.name}' is {window}. Shorten the text, or lower llm.max_tokens."
            )
        if prompt_tokens + max_tokens > self._context_tokens:
            raise LLMError(
                f"{asked}; llm.context_tokens is {self._context_tokens}. "
                f"Raise it, at the price of memory: --set llm.context_tokens={prompt_tokens + max_tokens}."
            )


def _import_what_writing_needs() -> None:
    """Now, not at the first word: what imports take must not look like memory of the weights."""
    import transformers.generation.utils
    from transformers.utils.logging import disable_progress_bar

    assert transformers.generation.utils
    disable_progress_bar()  # progress is told by events, not by bars among them


def _window(model: Any) -> int | None:
    """Most tokens that the model can look at; None where it names no limit."""
    window: int | None = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return window


def _end_tokens(model: Any, tokenizer: Any) -> list[int]:
    """Token ids that end an answer; [] for a model without any."""
    configured = model.generation_config.eos_token_id
    ends = configured if isinstance(configured, list) else [configured]
    return sorted({token for token in [*ends, tokenizer.eos_token_id] if token is not None})


def _greedy(max_tokens: int, ends: list[int], prompt_tokens: int) -> Any:
    from transformers import GenerationConfig

    # Of its own: the model's may ask for sampling, and then no two runs agree.
    return GenerationConfig(
        do_sample=False,
        max_new_tokens=max_tokens,
        eos_token_id=ends or None,
        pad_token_id=ends[0] if ends else 0,
        prefill_chunk_size=PREFILL_TOKENS if prompt_tokens > PREFILL_TOKENS else None,
    )
