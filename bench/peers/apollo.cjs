// Apollo Server as its own guide builds one: the standalone server and a RESTDataSource, which asks each URL once a request.
const { RESTDataSource } = require("@apollo/datasource-rest");
const { ApolloServer } = require("@apollo/server");
const { startStandaloneServer } = require("@apollo/server/standalone");
const typeDefs = require("./posts_schema.cjs");

class Posts extends RESTDataSource {
  baseURL = process.env.UPSTREAM_URL;
  listPosts = () => this.get("/posts");
  getPost = (id) => this.get(`/posts/${id}`);
  getUser = (id) => this.get(`/users/${id}`);
  likePost = (id) => this.post(`/posts/${id}/like`);
}

const resolvers = {
  Query: {
    greet: () => "Hello World!",
    posts: (_, __, { api }) => api.listPosts(),
    post: (_, { id }, { api }) => api.getPost(id),
  },
  Mutation: { like: (_, { id }, { api }) => api.likePost(id) },
  Post: { user: (post, _, { api }) => api.getUser(post.userId) },
};

const server = new ApolloServer({ typeDefs, resolvers });
startStandaloneServer(server, {
  listen: { port: Number(process.env.PORT), host: "127.0.0.1" },
  context: async () => ({ api: new Posts({ cache: server.cache }) }),
});
