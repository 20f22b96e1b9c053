"""The model card of a checkpoint, written from what was measured of it."""
