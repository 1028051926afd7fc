// graphql-jit with all that costs time taken away: no framework, and undici's bare pool instead of a client.
const { createServer } = require("node:http");
const DataLoader = require("dataloader");
const { Pool } = require("undici");
const compiledPosts = require("./compiled_posts.cjs");

const upstream = new Pool(process.env.UPSTREAM_URL, { connections: 100 });
const ask = async (method, path) => (await upstream.request({ method, path })).body.json();
const openUsers = () => new DataLoader((ids) => Promise.all(ids.map((id) => ask("GET", `/users/${id}`))));
const answer = compiledPosts(ask);

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
      reply(response, 200, await answer(JSON.parse(Buffer.concat(chunks)), openUsers()));
    } catch (error) {
      reply(response, 400, { errors: [{ message: String(error) }] });
    }
  });
}).listen(Number(process.env.PORT), "127.0.0.1");
