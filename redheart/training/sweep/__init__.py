"""The staged search for a learning rate."""
