"""What Bentham's calculus is fed with and weighed by."""
