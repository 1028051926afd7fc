"""The fields about clients' operations: what was run, what is registered."""
