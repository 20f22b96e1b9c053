"""How a feeling moves: its state, its signal, its turns."""
