"""From an operation to a frozen plan: interpret, preprocess, allocate, and generate its projection."""
