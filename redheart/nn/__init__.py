"""The learned model: pooling, backbone, heads, checkpoints, readings. It does not know where it runs."""
