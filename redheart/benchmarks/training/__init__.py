"""How fast the network learns, beside a plain loop and beside the Trainer of Hugging Face."""
