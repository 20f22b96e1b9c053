"""A causal language model on this machine, through transformers."""

from __future__ import annotations

import threading
from typing import Any

import torch
from jinja2 import TemplateError

from redheart.blocking import run_blocking
from redheart.config.schema import LLMSection
from redheart.devices import DeviceName, resolve_device
from redheart.errors import CheckpointError, LLMError
from redheart.llm.base import LLMPlugin
from redheart.llm.model_files import ModelFiles, float32_bytes, locate
from redheart.types.llm import GenerateReply, GenerateRequest
from redheart.types.residency import Swappable, SwapPriority

MODULE = "llm"


class LocalLLM(LLMPlugin):
    """Greedy decoding in float32: the same words every time. Safetensors or GGUF; pickles and remote code are refused.

    Its weights are the module `llm`; they come and go as the memory manager decides.
    """

    name = "local"
    needs = (MODULE,)

    def __init__(self, settings: LLMSection, device: DeviceName = "auto") -> None:
        super().__init__(settings, device)
        self.module = CausalModule(locate(settings.model), device)

    def swappables(self) -> tuple[Swappable, ...]:
        """The one module with the weights."""
        return (self.module,)

    async def generate(self, request: GenerateRequest) -> GenerateReply:
        """Write at most `max_tokens` tokens. Raises LLMError if the module is not held, or the prompt is too long."""
        return await run_blocking(self.module.write, request)


class CausalModule:
    """Model and tokenizer, a Swappable. `nbytes` counts every weight as float32, quantised ones included."""

    name = MODULE
    priority = SwapPriority.PRIMARY

    def __init__(self, files: ModelFiles, device: DeviceName) -> None:
        self.files, self._device = files, device
        self.nbytes = float32_bytes(files)
        self._model: Any = None
        self._tokenizer: Any = None
        # One text at a time: two at once would not be faster, and would need two caches.
        self._writing = threading.Lock()

    def load(self) -> None:
        """Read weights and tokenizer from disk. Raises CheckpointError."""
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # progress is told by events, not by bars among them
        folder, gguf = str(self.files.folder), self.files.gguf
        source = {"gguf_file": gguf} if gguf else {"use_safetensors": True}
        safe = {"local_files_only": True, "trust_remote_code": False}
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, **safe, **({"gguf_file": gguf} if gguf else {}))
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **safe, **source)
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            reason = " ".join(str(error).split())[:300]
            raise CheckpointError(f"llm.model '{self.files.name}' cannot be loaded ({reason}). Use another.") from error
        self._model, self._tokenizer = model.eval().to(resolve_device(self._device)), tokenizer

    def unload(self) -> None:
        """Drop both."""
        self._model = self._tokenizer = None

    def write(self, request: GenerateRequest) -> GenerateReply:
        """Blocking. Raises LLMError."""
        if self._model is None:
            raise LLMError(f"the weights of '{self.files.name}' are not in memory. Hold the module '{MODULE}' first.")
        with self._writing, torch.inference_mode():
            try:
                return self._write(request)
            except (RuntimeError, ValueError, IndexError, TemplateError) as error:
                reason = " ".join(str(error).split())[:300]
                raise LLMError(f"LLM '{self.files.name}' failed ({reason}). Use another model.") from error

    def _write(self, request: GenerateRequest) -> GenerateReply:
        ids = self._prompt_ids(request).to(self._model.device)  # (1, T)
        self._check_window(ids.shape[1], request.max_tokens)
        ends = _end_tokens(self._model, self._tokenizer)
        settings = _greedy(request.max_tokens, ends)
        out = self._model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=settings)
        new = out[0, ids.shape[1] :].tolist()  # (1, T + N) -> N
        finished = bool(new) and new[-1] in ends
        text = self._tokenizer.decode(new, skip_special_tokens=True)
        return GenerateReply(text=text, tokens=len(new), model=self.files.name, stopped_at_limit=not finished)

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

    def _check_window(self, prompt_tokens: int, max_tokens: int) -> None:
        window = getattr(self._model.config, "max_position_embeddings", None)
        if window is not None and prompt_tokens + max_tokens > window:
            raise LLMError(
                f"the prompt has {prompt_tokens} tokens and the answer may have {max_tokens}; the window of "
                f"'{self.files.name}' is {window}. Shorten the text, or lower llm.max_tokens."
            )


def _end_tokens(model: Any, tokenizer: Any) -> list[int]:
    """Token ids that end an answer; [] for a model without any."""
    configured = model.generation_config.eos_token_id
    ends = configured if isinstance(configured, list) else [configured]
    return sorted({token for token in [*ends, tokenizer.eos_token_id] if token is not None})


def _greedy(max_tokens: int, ends: list[int]) -> Any:
    from transformers import GenerationConfig

    # Of its own: the model's may ask for sampling, and then no two runs agree.
    return GenerationConfig(
        do_sample=False, max_new_tokens=max_tokens, eos_token_id=ends or None, pad_token_id=ends[0] if ends else 0
    )
