// How Node servers ask the upstream in the field's benchmark: axios over connections that are kept, and one
// DataLoader for each request, which waits a millisecond for further keys.
const { Agent } = require("node:http");
const axios = require("axios");
const DataLoader = require("dataloader");

const client = axios.create({
  baseURL: process.env.UPSTREAM_URL,
  httpAgent: new Agent({ keepAlive: true }),
  proxy: false, // whatever the environment says
});

const ask = async (method, path) => (await client.request({ method, url: path })).data;
const openUsers = () =>
  new DataLoader((ids) => Promise.all(ids.map((id) => ask("GET", `/users/${id}`))), {
    batchScheduleFn: (callback) => setTimeout(callback, 1),
  });

module.exports = { ask, openUsers };
