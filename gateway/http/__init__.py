"""The HTTP face: the GraphQL endpoint (raw, outside the framework), health, pages."""
