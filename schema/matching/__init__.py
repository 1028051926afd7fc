"""Matching as clients see it: rules, solutions, feedback and cases; each root field calls one use case."""
