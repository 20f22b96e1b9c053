"""Fine-tunes the shipped model: the upper encoder layers together with the trunk and the heads."""
