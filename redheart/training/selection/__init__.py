"""Which epoch of which part to keep: checkpoints, sweet spots, crossover."""
