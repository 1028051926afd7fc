"""Measure the gateway beside its peers on one machine in one run; `scripts/bench` is the way in."""
