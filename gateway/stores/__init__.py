"""The document store port's two adapters: SQLite, the embedded default, and MongoDB."""
