"""Just what tests and benchmarks use of it."""
