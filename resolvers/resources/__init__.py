"""Resource use cases: publish, roll back, check, look up and follow the modules of business units."""
