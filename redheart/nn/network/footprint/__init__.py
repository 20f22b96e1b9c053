"""The memory of a network: counted, never allocated."""
