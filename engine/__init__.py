"""The machine: compile to a frozen value, then run it. No framework, no driver."""
