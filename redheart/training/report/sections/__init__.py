"""The longer sections of the report, one a file."""
