"""End to end: the real gateway, real servers around it."""
