"""Labelled files -> batches: formats, splits, targets, cached sentence vectors."""
