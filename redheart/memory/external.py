"""What other processes hold on the working tier, each a line of its account."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psutil

from redheart.errors import ConfigError
from redheart.memory.account import Account


@dataclass(frozen=True, slots=True)
class Holding:
    """One process's bytes: as `told` by who registered it, as `measured` by the driver, None where it does not say."""

    pid: int
    name: str
    told: int
    born: float  # a process id is given again after its process has ended; its birth is not
    measured: int | None = None

    @property
    def nbytes(self) -> int:
        """The larger of the two."""
        return max(self.told, self.measured or 0)

    @property
    def line(self) -> str:
        """Name of its line in the account."""
        return f"external:{self.name}"


def nothing_measured() -> Mapping[int, int]:
    """For tiers where nobody tells what each process holds."""
    return {}


def birth_of(pid: int) -> float | None:
    """When a process began, seconds since the epoch; None if it is gone, or a zombie, which holds no memory."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.NoSuchProcess:
        return None


class Externals:
    """The table of other processes. `measure` gives process id -> bytes; nothing else of a process is looked at."""

    def __init__(
        self,
        account: Account,
        measure: Callable[[], Mapping[int, int]] = nothing_measured,
        birth: Callable[[int], float | None] = birth_of,
    ) -> None:
        self._account, self._measure, self._birth = account, measure, birth
        self._holdings: dict[int, Holding] = {}

    def register(self, pid: int, name: str, nbytes: int) -> None:
        """Budget around `nbytes` of process `pid`, named `name`.

        Raises ConfigError for a process that is ours, gone or already known, a name already used, negative bytes.
        """
        self.refresh()
        self._refuse(pid, name, nbytes)
        born = self._birth(pid)
        if born is None:
            raise ConfigError(f"process '{pid}' ('{name}') does not run. Register it after it has started.")
        self._keep(Holding(pid, name, nbytes, born, self._measure().get(pid)))

    def forget(self, pid: int) -> None:
        """Its memory is ours again. Raises ConfigError for an unknown one."""
        if pid not in self._holdings:
            known = ", ".join(map(str, self._holdings)) or "none"
            raise ConfigError(f"process '{pid}' is not registered. Registered: {known}.")
        self._drop(pid)

    def refresh(self) -> None:
        """Drop the processes that are gone; measure the others again."""
        for holding in self.holdings():
            if self._birth(holding.pid) != holding.born:
                self._drop(holding.pid)
        measured = self._measure() if self._holdings else {}
        for holding in self.holdings():
            self._keep(Holding(holding.pid, holding.name, holding.told, holding.born, measured.get(holding.pid)))

    def holdings(self) -> tuple[Holding, ...]:
        """All of them, in order of registration."""
        return tuple(self._holdings.values())

    def _refuse(self, pid: int, name: str, nbytes: int) -> None:
        if pid == os.getpid():
            raise ConfigError(f"process '{pid}' is this one: its modules are counted already. Name another process.")
        if pid in self._holdings:
            known = self._holdings[pid].name
            raise ConfigError(f"process '{pid}' is already registered as '{known}'. Forget it first, to change it.")
        if any(holding.name == name for holding in self.holdings()):
            raise ConfigError(f"a process named '{name}' is already registered. Give each its own name.")
        if nbytes < 0:
            raise ConfigError(f"process '{pid}' ('{name}') cannot hold '{nbytes}' bytes. Give 0 or more.")

    def _keep(self, holding: Holding) -> None:
        self._holdings[holding.pid] = holding
        self._account.set_line(holding.line, holding.nbytes)

    def _drop(self, pid: int) -> None:
        self._account.set_line(self._holdings.pop(pid).line, 0)
