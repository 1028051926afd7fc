"""Flows: a model is checked, deployed as a frozen snapshot, and run step by step as instances."""
