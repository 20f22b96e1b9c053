"""Exact mathematics without learned parameters: numbers in, frozen dataclasses out. No torch, no files, no clock."""
