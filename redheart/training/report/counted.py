"""A noun with its count."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """'1 epoch', '2 epochs', '1,000 samples'. `noun` is a single one, and takes an s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
