"""The compiled plan held to graphql-core: random schemas, upstream worlds and operations, two executions."""
