"""One training run: its step, its loop, its files."""
