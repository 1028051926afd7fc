"""The outside world: HTTP, storage, security, command line; the only package that wires things together."""
