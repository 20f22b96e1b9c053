"""Every error Red Heart raises on purpose. Each says what was refused, the value, and the mend.

RedHeartError
├── UserError                 the user can mend it (exit code 2)
│   ├── InputError            a text, file or line that cannot be read
│   ├── ConfigError           a setting, mode, key or name that is unknown or out of range
│   └── BudgetError           a memory budget too small for what must be resident
│       └── OutOfMemoryError  memory that was there by the budget, and could not be had
├── CheckpointError           a model file: missing, damaged, foreign, or off its probe (exit code 2)
├── PhaseError                a phase that could not do its work for one task
│   ├── StepTimeoutError      a step that took longer than its bound
│   └── LLMError              an LLM that failed, or whose reply could not be used
└── StoreError                an experience store that cannot be opened or written (exit code 2)
"""


class RedHeartError(Exception):
    """Base of all errors raised on purpose; `exit_code` is what the command line returns for it."""

    exit_code = 1


class UserError(RedHeartError):
    """A mistake the user can mend."""

    exit_code = 2


class InputError(UserError):
    """A text, a file or a line that cannot be read as input."""


class ConfigError(UserError):
    """A setting, mode, key or name that is unknown or out of range."""


class BudgetError(UserError):
    """A memory budget that cannot hold what must be resident together."""


class OutOfMemoryError(BudgetError):
    """Memory that the budget promises and the machine refuses: somebody else holds it, or it lies in pieces."""


class CheckpointError(RedHeartError):
    """A model file that is missing, damaged, foreign, or does not reproduce its recorded probe."""

    exit_code = 2


class StoreError(RedHeartError):
    """An experience store that cannot be opened, read or written."""

    exit_code = 2


class PhaseError(RedHeartError):
    """A phase that could not do its work for one task."""


class StepTimeoutError(PhaseError):
    """A pipeline step that took longer than its bound."""


class LLMError(PhaseError):
    """An LLM that failed, or whose reply could not be used."""
