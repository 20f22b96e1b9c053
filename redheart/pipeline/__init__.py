"""Queue, batches, steps, one future a task. Knows nothing of what the phases do."""
