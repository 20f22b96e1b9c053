"""The experience store: past cases beside their vectors, on the user's own disk."""
