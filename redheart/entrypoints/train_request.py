"""What one `redheart train` asks for, and all that can be refused before anything is read or loaded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast

from redheart.config.environment import DATA_FOLDERS, data_folders
from redheart.config.refusals import did_you_mean
from redheart.entrypoints.train_resume import begun_in, data_of, taken_up
from redheart.errors import ConfigError, InputError

if TYPE_CHECKING:
    from redheart.config.schema import Settings
    from redheart.config.train import TrainSection
    from redheart.training.run.asked import Asked
    from redheart.training.run.begun import Begun
    from redheart.training.run.folder import RunFolder

PRECISIONS: Final = {"float32": "float32", "fp32": "float32", "bfloat16": "bfloat16", "bf16": "bfloat16"}
_WITHOUT_OUT: Final = Path("run")  # a dry run writes nothing


@dataclass(frozen=True, slots=True)
class TrainFlags:
    """The flags of one `train`, as given; None is not given."""

    data: tuple[Path, ...]
    out: Path | None
    values: dict[str, object]  # settings by dotted key
    config: Path | None
    overrides: tuple[str, ...]
    lr_sweep: bool = False
    no_param_update: bool = False
    resume: bool = False
    plots: bool | None = None
    tensorboard: bool = False
    dry_run: bool = False
    as_json: bool = False
    debug: bool = False
    research_heads: bool = False  # of the preset compact alone

    def settings(self) -> Settings:
        """With --resume those of the run, where nothing is said now.

        Raises ConfigError for what is unknown, out of range or another preset's, or that the run has otherwise; what
        `asked` raises for --out.
        """
        from redheart.config.load import load_settings

        if self.research_heads:
            raise ConfigError("--research-heads is for '--preset compact'. Leave it out.")
        settings = load_settings(None, self.overrides, self.config, self.values)
        refuse_bad_numbers(settings.train)
        begun = self._begun()
        if begun is None:
            return settings
        given = {"sweep": True} if self.lr_sweep else {}
        given |= {"update": False} if self.no_param_update else {}
        return taken_up(settings, begun, self._folder(), given)

    def asked(self, settings: Settings) -> Asked:
        """The request, after everything that can be told without reading a row. Raises InputError, ConfigError."""
        from redheart.training.run.asked import Asked
        from redheart.training.run.folder import RunFolder

        folder, begun = RunFolder(self._folder()), self._begun()
        data = self._data(begun)
        if not self.dry_run:
            refuse_folder(folder, self.resume)
            refuse_no_rate(settings.train, folder, self.lr_sweep, self.resume)
        return Asked(
            settings=settings.train,
            data=data,
            folder=folder,
            sweep=begun.sweep if begun else self.lr_sweep,
            update=begun.update if begun else not self.no_param_update,
            resume=self.resume,
            plots=wants_pictures(self.plots) and (begun is None or begun.plots or bool(self.plots)),
            tensorboard=wants_tensorboard(self.tensorboard)
            or (begun is not None and begun.tensorboard and is_there("tensorboard")),
        )

    def _begun(self) -> Begun | None:
        """What the run that is gone on with was asked; None for a new one, and where only the flags know it."""
        from redheart.training.run.folder import RunFolder

        if not self.resume:
            return None
        folder = RunFolder(self._folder())
        refuse_folder(folder, resume=True)
        return begun_in(folder, complete=bool(self.data))

    def _folder(self) -> Path:
        if self.out is None and (self.resume or not self.dry_run):
            raise InputError("no --out was given. Name a folder for the files of the run, as in --out runs/first.")
        return self.out or _WITHOUT_OUT

    def _data(self, begun: Begun | None) -> tuple[Path, ...]:
        if not self.data:
            return data_of(begun, self._folder()) if begun else data_of_environment()
        for path in self.data:
            if not path.exists():
                raise InputError(f"--data '{path}' does not exist. Check the path.")
        return self.data


def data_of_environment() -> tuple[Path, ...]:
    """The folders of REDHEART_DATA; of a folder of sets, those sets that teach something. Raises InputError."""
    folders = data_folders()
    if not folders:
        raise InputError(f"no data were given. Name files or folders with --data, or set {DATA_FOLDERS}.")
    return tuple(found for folder in folders for found in _sets_of(folder))


def _sets_of(folder: Path) -> list[Path]:
    from redheart.training.corpus.sources import SUFFIXES
    from redheart.training.corpus.teaches import SETS

    if not folder.is_dir():
        raise InputError(f"{DATA_FOLDERS}: '{folder}' is no folder. Check the path.")
    if any(file.name.endswith(SUFFIXES) for file in folder.iterdir() if file.is_file()):
        return [folder]
    known = [folder / name for name in SETS if (folder / name).is_dir()]
    if not known:
        raise InputError(f"{DATA_FOLDERS}: '{folder}' holds no data file and no known set. Name files with --data.")
    return known


def rate(said: str | None) -> float | Literal["auto"] | None:
    """--lr: a number above 0, or 'auto'. Raises ConfigError."""
    if said in (None, "auto"):
        return cast("Literal['auto'] | None", said)
    try:
        value = float(said)
    except ValueError as error:
        raise ConfigError(f"--lr '{said}' is no learning rate. {_RATE}") from error
    if not (math.isfinite(value) and value > 0):
        raise ConfigError(f"--lr '{said}' is no learning rate. {_RATE}")
    return value


def count(option: str, said: str | None) -> int | Literal["auto"] | None:
    """A number of samples from 1 on, or 'auto'. Raises ConfigError naming the option."""
    if said in (None, "auto"):
        return cast("Literal['auto'] | None", said)
    if not (said.isascii() and said.isdigit() and len(said) <= 9 and int(said) > 0):
        raise ConfigError(f"{option} '{said}' is no number of samples. {_COUNT}")
    return int(said)


def precision(said: str | None) -> str | None:
    """float32 or bfloat16, by either of their names. Raises ConfigError."""
    if said is not None and said not in PRECISIONS:
        raise ConfigError(f"unknown precision '{said}'.{did_you_mean(said, PRECISIONS)}")
    return PRECISIONS[said] if said is not None else None


def refuse_bad_numbers(section: TrainSection) -> None:
    """What the bounds of the schema let pass, wherever it was set. Raises ConfigError."""
    if section.lr != "auto" and not (math.isfinite(section.lr) and section.lr > 0):
        raise ConfigError(f"setting 'train.lr': '{section.lr}' is no learning rate. {_RATE}")
    for key in ("batch_size", "micro_batch"):
        value = getattr(section, key)
        if value != "auto" and value < 1:
            raise ConfigError(f"setting 'train.{key}': '{value}' is no number of samples. {_COUNT}")


_RATE: Final = "Give a number above 0 such as 3e-4, or auto."
_COUNT: Final = "Give a whole number from 1 on, or auto."


def refuse_folder(folder: RunFolder, resume: bool) -> None:
    """Raises InputError for a folder that holds another run, that holds none to go on with, or that is no folder."""
    where = folder.path
    if where.exists() and not where.is_dir():
        raise InputError(f"--out '{where}' is a file. Name a folder.")
    if resume and not folder.settings.exists():
        raise InputError(f"--resume: '{where}' holds no run to go on with. Leave --resume out, or mend --out.")
    if not resume and folder.settings.exists():
        raise InputError(f"--out '{where}' holds a run already. Go on with it by --resume, or name another folder.")


def refuse_no_rate(section: TrainSection, folder: RunFolder, sweep: bool, resume: bool) -> None:
    """Raises ConfigError where no learning rate can be had."""
    if section.lr == "auto" and not (sweep or resume or folder.optimal.exists()):
        raise ConfigError(
            f"--lr 'auto' takes what a sweep found, and '{folder.optimal}' does not exist. Add --lr-sweep, or give a "
            "number such as --lr 3e-4."
        )


def wants_pictures(given: bool | None) -> bool:
    """Not given: where matplotlib is. Raises ConfigError if it was asked for and is not there."""
    there = is_there("matplotlib")
    if given and not there:
        raise ConfigError("--plots needs matplotlib, which is not installed: pip install 'redheart[plot]'.")
    return there if given is None else given


def wants_tensorboard(given: bool) -> bool:
    """Raises ConfigError if it was asked for and is not there."""
    if given and not is_there("tensorboard"):
        raise ConfigError("--tensorboard needs tensorboard, which is not installed: pip install 'redheart[train]'.")
    return given


def is_there(package: str) -> bool:
    """True for a package that can be imported."""
    return find_spec(package) is not None
