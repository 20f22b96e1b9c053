"""Probes a checkpoint: python -m redheart.training.probes.run --checkpoint DIR --json OUT."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from redheart.config.load import load_settings
from redheart.encoders.build import BUNDLED, checkpoint_folder
from redheart.errors import RedHeartError
from redheart.training.evaluation.checkpoint_reads import CheckpointReads
from redheart.training.probes.report import probe
from redheart.training.whole_file import write_record


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code; 2 for what the user can mend."""
    given = _parser().parse_args(arguments)
    try:
        settings = load_settings(None, (), None, {"device": given.device})
        checkpoint = CheckpointReads(checkpoint_folder(given.checkpoint), settings)
        report = probe(checkpoint, lambda what: print(f"probes: {what}", file=sys.stderr))
        write_record(given.json, report)
    except RedHeartError as error:
        print(f"probes: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="redheart.training.probes.run", description=__doc__)
    parser.add_argument("--checkpoint", default=BUNDLED, help="a folder; the one that travels along by default")
    parser.add_argument("--json", type=Path, required=True, help="where the report goes")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    return parser


if __name__ == "__main__":
    sys.exit(main())
