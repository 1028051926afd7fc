// The schema that the Node peers serve; the same fields and nullability as everyone else's.
module.exports = `
  type Query {
    posts: [Post!]
    post(id: Int!): Post
    greet: String!
  }
  type Mutation {
    like(id: Int!): Like
  }
  type Post {
    id: Int!
    userId: Int!
    title: String!
    user: User
  }
  type User {
    id: Int!
    name: String!
    email: String!
  }
  type Like {
    id: Int!
    likes: Int!
  }
`;
