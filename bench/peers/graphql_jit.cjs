// graphql-jit with queries compiled once and one DataLoader per request. CLIENT says what asks the upstream:
// fetch, as its users write it, or undici's bare connection pool, the fastest there is in Node.
const { createServer } = require("node:http");
const DataLoader = require("dataloader");
const { buildSchema, parse, validate } = require("graphql");
const { compileQuery } = require("graphql-jit");
const { Pool } = require("undici");
const typeDefs = require("./posts_schema.cjs");

const upstream = new Pool(process.env.UPSTREAM_URL, { connections: 100 });
const schema = buildSchema(typeDefs);
const compiled = new Map();

const clients = {
  fetch: async (method, path) => (await fetch(process.env.UPSTREAM_URL + path, { method })).json(),
  undici: async (method, path) => (await upstream.request({ method, path })).body.json(),
};
const ask = clients[process.env.CLIENT];

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

function compiledOf(query) {
  if (!compiled.has(query)) compiled.set(query, compile(query));
  return compiled.get(query);
}

async function answer({ query, variables }) {
  const users = new DataLoader((ids) => Promise.all(ids.map((id) => ask("GET", `/users/${id}`))));
  return compiledOf(query).query(undefined, { users }, variables ?? {});
}

function reply(response, status, document) {
  const body = Buffer.from(JSON.stringify(document));
  response.writeHead(status, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}

createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    try {
      reply(response, 200, await answer(JSON.parse(Buffer.concat(chunks))));
    } catch (error) {
      reply(response, 400, { errors: [{ message: String(error) }] });
    }
  });
}).listen(Number(process.env.PORT), "127.0.0.1");
