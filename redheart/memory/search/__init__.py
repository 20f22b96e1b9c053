"""Which chunks to keep through a cycle: bounds, exact and greedy searches. Pure functions."""
