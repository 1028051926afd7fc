"""Flows as clients see them: types, inputs and root fields, each calling one use case."""
