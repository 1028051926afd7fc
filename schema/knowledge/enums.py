"""Words of knowledge as GraphQL enums."""

import strawberry

from resolvers.knowledge.article import ArticleKind, ArticleStatus

strawberry.enum(ArticleKind)
strawberry.enum(ArticleStatus)
