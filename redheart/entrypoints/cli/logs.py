"""Logs of one command: structlog on standard error, set up once."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from structlog.typing import Processor

_HANDLER = "redheart"


def configure_logging(debug: bool) -> None:
    """Warnings of everybody, and under `debug` everything of ours, as one line each on standard error."""
    import structlog

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
    ]
    final = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _line_renderer()]
    _install(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=final))
    logging.getLogger("redheart").setLevel(logging.DEBUG if debug else logging.WARNING)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _line_renderer() -> Processor:
    import structlog

    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def _install(formatter: logging.Formatter) -> None:
    """Our one handler on the root logger, in place of an earlier one: a second command must not log twice."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if handler.get_name() == _HANDLER]:
        root.removeHandler(handler)
    handler = logging.StreamHandler(sys.stderr)
    handler.set_name(_HANDLER)
    handler.setFormatter(formatter)
    root.addHandler(handler)
