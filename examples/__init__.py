"""Examples that run: each is a business unit with real HTTP APIs, data and the SDL that registers them."""
