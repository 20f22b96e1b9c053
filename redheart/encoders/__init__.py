"""Sentences -> vectors: the bundled multilingual encoder, and any transformers encoder by name."""
