"""Tests of plans: what is planned for an operation, and what it may see."""
