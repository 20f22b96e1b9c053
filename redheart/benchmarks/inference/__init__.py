"""How fast texts are read, beside the same model in the encoders of Hugging Face, text by text."""
