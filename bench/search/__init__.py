"""How good and how fast search is, beside two libraries that search text: `scripts/bench search`."""
