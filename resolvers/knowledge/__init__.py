"""Knowledge use cases: write, publish, find, import and export articles; the index that follows them."""
