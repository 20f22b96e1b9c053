"""How people reach Red Heart: the command line, the readable report, batches."""
