"""A run, told in words and pictures."""
