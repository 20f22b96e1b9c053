"""How the decomposition of causes is measured, beside the implementation of those who published it."""
