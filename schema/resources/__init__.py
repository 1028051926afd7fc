"""The resources part of the platform's API: types, queries, mutations."""
