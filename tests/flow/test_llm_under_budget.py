"""A local LLM and the model, by turns in a budget that holds only one of them whole."""

from pathlib import Path

import pytest
import torch

from redheart.assembly import plan_memory
from redheart.config.schema import Settings
from redheart.types.result import InferResult
from tests.flow.asking import COVER_UP, ask, ask_all, settings_of
from tests.llm.tiny_models import llama

SIZES = {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 5, "max_position_embeddings": 4096}


@pytest.fixture(scope="module")
def llm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 70 MiB of random weights, which write nonsense: its readings are compared, not its words."""
    folder = tmp_path_factory.mktemp("llm")
    llama(folder, torch.float32, **SIZES)
    return folder


def with_llm(llm: Path, budget_mib: float) -> Settings:
    return settings_of(
        "medium",
        "llm.backend=local",
        f"llm.model={llm}",
        "llm.max_tokens=2",
        "llm.context_tokens=4096",
        "allow_degraded=[llm]",
        "pipeline.batch_size=1",
        f"memory.host_budget_mib={budget_mib}",
    )


def computed(result: InferResult) -> dict[str, object]:
    return result.model_dump(mode="json", exclude={"timing", "memory"})


def test_budget_that_holds_only_one_of_them_answers_the_same(llm: Path) -> None:
    roomy = plan_memory(with_llm(llm, 4096))
    one_step = max(roomy.cycle.size(step.modules) + step.work_bytes for step in roomy.cycle.steps)
    tight = with_llm(llm, one_step / 2**20 + 8)
    free = ask(with_llm(llm, 4096), COVER_UP)
    answers = ask_all(tight, [COVER_UP] * 3)
    assert all(isinstance(answer, InferResult) and computed(answer) == computed(free) for answer in answers)
    last = answers[-1].memory  # type: ignore[union-attr]
    assert last.evictions > 0 and last.peak_committed <= last.tiers[0].budget


def test_plan_tells_what_a_request_brings_in(llm: Path) -> None:
    roomy = plan_memory(with_llm(llm, 4096))
    assert roomy.total_in == 0 and roomy.cycle.steps[0].name == "llm_initial"
