"""How Red Heart is measured: each file is one command that prints its figures."""
