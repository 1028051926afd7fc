"""Tests of running plans, in process, over an upstream written as a function."""
