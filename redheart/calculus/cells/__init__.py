"""Histograms of binned samples, and what each set of agents tells in them."""
