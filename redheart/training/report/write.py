"""The last thing a run does: final pictures, and `report.md` with everything in it."""

from __future__ import annotations

from redheart.training.report.curves import draw_curves
from redheart.training.report.document import report_text
from redheart.training.report.labels_picture import draw_labels
from redheart.training.report.story import RunStory
from redheart.training.run.folder import STAGES, RunFolder
from redheart.training.whole_file import write_whole


def write_report(folder: RunFolder, story: RunStory, pictures: bool) -> RunStory:
    """Draw, write `folder.report`; the story with the pictures in it. Raises InputError if the disk refuses."""
    if pictures:
        draw_curves(folder, story.baselines)
        draw_labels(story.data, folder.plots / "labels.png")
    whole = story.model_copy(update={"pictures": pictures_of(folder) if pictures else ()})
    write_whole(folder.report, report_text(whole).encode())
    return whole


def pictures_of(folder: RunFolder) -> tuple[str, ...]:
    """Every picture of a run that is there, as named from where the report lies, in a fixed order."""
    stages = [folder.stage_file(stage, "png") for stage in range(STAGES)]
    there = [folder.sweep_picture, *stages, *sorted(folder.plots.glob("*.png"))]
    return tuple(str(path.relative_to(folder.path)) for path in there if path.exists())
