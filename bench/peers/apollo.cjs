// Apollo Server as the field's benchmark runs it: the standalone server, axios, a DataLoader for the users.
const { ApolloServer } = require("@apollo/server");
const { startStandaloneServer } = require("@apollo/server/standalone");
const typeDefs = require("./posts_schema.cjs");
const { ask, openUsers } = require("./rest_client.cjs");

const resolvers = {
  Query: {
    greet: () => "Hello World!",
    posts: () => ask("GET", "/posts"),
    post: (_, { id }) => ask("GET", `/posts/${id}`),
  },
  Mutation: { like: (_, { id }) => ask("POST", `/posts/${id}/like`) },
  Post: { user: (post, _, { users }) => users.load(post.userId) },
};

startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), {
  listen: { port: Number(process.env.PORT), host: "127.0.0.1" },
  context: async () => ({ users: openUsers() }),
});
