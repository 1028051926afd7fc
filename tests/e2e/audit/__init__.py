"""The GraphQL-over-HTTP audit of the npm package graphql-http, at the version in the lock."""
