"""The network of the presets tiny, base, full: sentence vectors in, raw predictions of every part out."""
