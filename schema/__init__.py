"""The contract clients see: Strawberry types and root fields, merged with the published resource SDL."""
