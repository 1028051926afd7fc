"""Tests of what is counted while operations run."""
