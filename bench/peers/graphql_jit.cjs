// graphql-jit as the field's benchmark runs it, and most who use it: behind express, asking with axios.
const express = require("express");
const compiledPosts = require("./compiled_posts.cjs");
const { ask, openUsers } = require("./rest_client.cjs");

const answer = compiledPosts(ask);
const app = express();

app.use(express.json());
app.post("/graphql", async (request, response) => response.json(await answer(request.body, openUsers())));
app.listen(Number(process.env.PORT), "127.0.0.1");
