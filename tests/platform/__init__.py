"""The platform opened for tests: a real store, real secrets, the schema, callers of several kinds."""
