"""Settings: frozen pydantic sections, YAML overlays from `configs/`, read once."""
