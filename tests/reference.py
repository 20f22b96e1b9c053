"""Reference inputs with outputs of other people's programs: beside the data folder, where there is one."""

from pathlib import Path

from redheart.config.environment import data_folders

WHERE = "the folder 'reference' beside the folder that REDHEART_DATA names is absent"


def reference_folder() -> Path | None:
    """None where it is absent."""
    beside = (folder.parent / "reference" for folder in data_folders())
    return next((folder for folder in beside if folder.is_dir()), None)
