"""Weights as chunks: their layout, where they are read from, how a module finds them."""
