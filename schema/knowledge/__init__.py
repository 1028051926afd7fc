"""The knowledge part of the platform's API: types, queries, mutations."""
