"""Looks at memory and tells of it; changes nothing."""
