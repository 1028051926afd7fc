// The posts of the benchmark on graphql-jit: every query compiled once, whoever asks the upstream.
const { buildSchema, parse, validate } = require("graphql");
const { compileQuery } = require("graphql-jit");
const typeDefs = require("./posts_schema.cjs");

module.exports = function compiledPosts(ask) {
  const schema = buildSchema(typeDefs);
  const compiled = new Map();

  schema.getQueryType().getFields().posts.resolve = () => ask("GET", "/posts");
  schema.getQueryType().getFields().post.resolve = (_, { id }) => ask("GET", `/posts/${id}`);
  schema.getQueryType().getFields().greet.resolve = () => "Hello World!";
  schema.getMutationType().getFields().like.resolve = (_, { id }) => ask("POST", `/posts/${id}/like`);
  schema.getType("Post").getFields().user.resolve = (post, _, { users }) => users.load(post.userId);

  function compile(query) {
    const document = parse(query);
    const errors = validate(schema, document);
    return errors.length ? { query: () => ({ errors }) } : compileQuery(schema, document);
  }

  return function answer({ query, variables }, users) {
    if (!compiled.has(query)) compiled.set(query, compile(query));
    return compiled.get(query).query(undefined, { users }, variables ?? {});
  };
};
