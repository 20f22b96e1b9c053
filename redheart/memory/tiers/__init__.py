"""Engines that take, fill and give back memory of one tier."""
