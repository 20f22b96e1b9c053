"""How the shipped weights are made: data, features, losses, loop, evaluation."""
