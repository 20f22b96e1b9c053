"""The report of a run as Markdown, from its story alone."""

from __future__ import annotations

from redheart.training.report.counted import counted
from redheart.training.report.markdown import NOTHING, bullets, loss, score, section, size, table
from redheart.training.report.metric_name import spelled
from redheart.training.report.sections.curves import curves_section, epochs_section
from redheart.training.report.sections.data import data_section
from redheart.training.report.sections.selection import crossover_section, sweet_spot_section
from redheart.training.report.sections.sweep import sweep_section
from redheart.training.report.sections.updates import updates_section
from redheart.training.report.story import RunStory, Score
from redheart.training.sweep.schedule import rate_text


def report_text(story: RunStory) -> str:
    """The whole document. But for the sections 'Memory' and 'Environment', equal runs give equal words."""
    said = [
        f"# A network of preset `{story.preset}`",
        _opening(story),
        section("What was trained", _trained(story), _modules(story), _unbuilt(story)),
        data_section(story),
        sweep_section(story),
        curves_section(story),
        epochs_section(story),
        sweet_spot_section(story),
        crossover_section(story),
        section("Test", _test_words(story), test_table(story.test), _unmeasured(story)),
        updates_section(story),
        section("Refused allocations", _refusals(story)),
        section("Warnings", bullets(story.warnings)),
        section("Settings", _settings(story)),
        section("How to repeat it", *_repeat(story)),
        section("Limits", bullets(_limits(story))),
        section("Memory", *_memory(story)),
        section("Environment", _environment(story)),
    ]
    return "\n\n".join(part for part in said if part) + "\n"


def _opening(story: RunStory) -> str:
    """What came of it, in a few sentences."""
    best = story.best
    lines = []
    if not story.updated:
        lines.append("**No weight was changed** (`--no-param-update`): every figure is of the initial network.")
    if best is not None:
        lines.append(
            f"Best epoch by validation loss: **{best.epoch}** of {len(story.epochs)}, {loss(best.validation_loss)}."
        )
    if story.crossover is not None:
        verdict = "accepted" if story.crossover.accepted else "refused"
        lines.append(
            f"Crossover **{verdict}**: {story.crossover.reason}. "
            + (
                "`crossover_final.safetensors` holds it."
                if story.crossover.accepted
                else f"`crossover_final.safetensors` holds epoch {story.crossover.best_epoch} unchanged."
            )
        )
    if story.test:
        lines.append(_against_baselines(story))
    if story.untaught:
        lines.append(f"Not taught, for want of labels: {', '.join(f'`{name}`' for name in story.untaught)}.")
    return bullets(lines)


def _against_baselines(story: RunStory) -> str:
    """How many test metrics lie above, at, below the constant answer."""
    judged = [one for one in story.test if one.baseline is not None]
    above = [one for one in judged if beats(one)]
    not_above = [f"`{one.part}` {one.target} {spelled(one.metric)}" for one in judged if one not in above]
    said = (
        f"On test, {len(above)} of {counted(len(judged), 'metric')} {'beats' if len(judged) == 1 else 'beat'} the best "
        "constant answer with the whole 95 % interval"
    )
    return said + (f"; not so: {', '.join(not_above)}." if not_above else ".")


def beats(one: Score) -> bool:
    """True if even the worse end of the interval is better than the constant answer; the value itself without one."""
    if one.baseline is None:
        return False
    worse = one.low if one.higher_is_better else one.high
    worse = one.value if worse is None else worse
    return worse > one.baseline if one.higher_is_better else worse < one.baseline


def _trained(story: RunStory) -> str:
    samples = ", ".join(f"{count:,} {split}" for split, count in story.samples.items())
    taught = [module for module in story.modules if module.taught]
    parameters = sum(module.parameters for module in taught)
    return (
        f"{counted(parameters, 'parameter')} in {counted(len(taught), 'module')}, on vectors of "
        f"dimension {story.encoder_dim} from `{story.encoder}`. Samples: {samples}. {counted(story.steps, 'step')} of "
        f"{counted(story.batch_size, 'sample')} ({story.micro_batch} at once), peak learning rate "
        f"{rate_text(story.lr)}, {story.lr_from}."
    )


def _modules(story: RunStory) -> str:
    rows = [
        (
            f"`{module.name}`",
            ", ".join(module.targets) or NOTHING,
            f"{module.parameters:,}" if module.taught else "not taught",
            NOTHING if module.planned is None else f"{module.planned:,}",
            NOTHING if not (module.planned and module.taught) else f"{module.parameters / module.planned - 1:+.1%}",
        )
        for module in story.modules
    ]
    return table(("module", "targets", "parameters", "planned", "deviation"), rows, numbers=3)


def _unbuilt(story: RunStory) -> str:
    if not story.untaught:
        return ""
    return "What nothing teaches is not built, nor what only such parts read: the plan counts it, the network has none."


def _test_words(story: RunStory) -> str:
    if not story.test:
        return "Nothing was measured on the test split."
    return (
        "Measured once, on the recommended weights, after everything was chosen. The constant is the best answer that "
        "is the same for every text, as the train split suggests it; a correlation with a constant is 0 by convention. "
        "The interval is a 95 % bootstrap over the entries: it knows nothing of other seeds or other texts."
    )


def _unmeasured(story: RunStory) -> str:
    if not story.unmeasured:
        return ""
    named = ", ".join(f"`{name}`" for name in story.unmeasured)
    return f"Not measured, for validation or test lacks a label or its absence, or nothing varies there: {named}."


def test_table(scores: tuple[Score, ...]) -> str:
    """A row a metric."""
    rows = [
        (
            f"`{one.part}`",
            one.target,
            spelled(one.metric),
            f"**{score(one.value)}**" if beats(one) else score(one.value),
            NOTHING if one.low is None or one.high is None else f"{one.low:.3f} to {one.high:.3f}",
            score(one.baseline),
            f"{one.entries:,}",
        )
        for one in scores
    ]
    return table(("part", "target", "metric", "value", "95 % interval", "constant", "entries"), rows, numbers=4)


def _refusals(story: RunStory) -> str:
    if story.oom is None or not story.oom.refused:
        were = "was" if story.micro_batch == 1 else "were"
        return f"None: {counted(story.micro_batch, 'sample')} at once {were} possible throughout."
    rows = [
        (f"{one.step:,}", str(one.micro_batch), str(one.next_micro_batch or "the run ended"), _asked(one.asked_bytes))
        for one in story.oom.refusals
    ]
    return table(("step", "samples at once", "then", "asked for"), rows, numbers=4)


def _asked(count: int | None) -> str:
    return NOTHING if count is None else size(count)


def _settings(story: RunStory) -> str:
    return table(("setting", "value"), [(f"`{key}`", f"`{value}`") for key, value in story.settings.items()])


def _repeat(story: RunStory) -> tuple[str, str]:
    return (
        f"```\n{story.command}\n```",
        "On the same machine with as many threads and the same versions, the same command gives the same figures to "
        "the last digit; elsewhere they differ in the last digits at first, and then by what such differences grow to. "
        "A run that was killed and gone on with by `--resume` gives the figures of one that never stopped.",
    )


def _limits(story: RunStory) -> list[str]:
    lines = [
        "The validation split chose epochs, learning rate and mixtures: its figures flatter. The test figures do not.",
        "One seed: how much another would change is known for the learning rate at most, where a sweep repeated it.",
        "Constant answers are a low bar. A bag of words, or the compact model, may do better than this network.",
        "A label says what its annotators said, of texts of their kind and language; nothing here measures others.",
    ]
    if any("surd" in module.targets for module in story.modules if module.taught):
        lines.append(
            "The target `surd` is an exact decomposition of another checkpoint's utility, not of anything that people "
            "labelled: the part learns to foretell that checkpoint."
        )
    if story.untaught:
        lines.append("A part that was not taught produces no reading, and is not in the checkpoint.")
    return lines


def _memory(story: RunStory) -> tuple[str, ...]:
    memory = story.memory
    if memory is None:
        return ()
    rows = [(name, size(count)) for name, count in memory.predicted.items()]
    if memory.measured_peak is not None:
        rows.append((f"measured peak ({memory.measured_how})", size(memory.measured_peak)))
    said = "" if memory.measured_peak is not None else f"Not measured: {memory.measured_how}."
    return f"Device: {memory.device}. Predicted before anything was allocated:", table(("for", "bytes"), rows, 1), said


def _environment(story: RunStory) -> str:
    here = story.environment
    over = f" over {here.sessions} sessions" if here.sessions > 1 else ""
    rows = [
        ("Red Heart", here.redheart),
        ("Python", here.python),
        ("torch", here.torch),
        ("system", here.system),
        ("processor", f"{here.processor}, {counted(here.threads, 'thread')}"),
        ("GPU", here.gpu or "none"),
        ("finished", here.finished),
        *((f"seconds{over}, {stage}", f"{seconds:,.1f}") for stage, seconds in here.seconds.items() if seconds >= 0.05),
    ]
    if here.samples_per_second is not None:
        rows.append(("samples a second", f"{here.samples_per_second:,.1f}"))
    return table(("what", "value"), rows)
