"""The phases of the pipeline: thin adapters that take slots from the task, call one trade and fill one slot."""
