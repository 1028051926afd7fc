"""Who calls, and what is kept secret: tokens, keys, limits."""
