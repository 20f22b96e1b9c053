"""Which weights are in fast memory, when they move, and who may use them. Knows nothing of what they compute."""
