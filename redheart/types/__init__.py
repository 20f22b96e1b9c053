"""The frozen messages and readings that pass between packages, and the protocols through which strangers meet."""
