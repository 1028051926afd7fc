/** Changes of instances as they come, over one WebSocket (graphql-transport-ws). */

const CHANGED = `subscription Changed($id: ID!) { flowInstanceChanged(id: $id) { version } }`;
const AGAIN_MS = 2_000; // before another attempt, where the socket broke

/** `changed(id, version)` is called for each change, and once for each instance as it is when watching begins. */
export function makeWatch(endpoint, tokenOf, changed) {
  let watched = [];
  let socket = null;
  let again = 0;

  /** These instances and no others, as whoever asks now. */
  function watch(ids, { anew = false } = {}) {
    if (!anew && socket && ids.join() === watched.join()) return;
    watched = ids;
    close();
    if (ids.length) open();
  }

  function open() {
    const address = new URL(endpoint, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const opened = (socket = new WebSocket(address, "graphql-transport-ws"));
    const say = (message) => opened.send(JSON.stringify(message));
    const token = tokenOf();
    opened.onopen = () =>
      say({ type: "connection_init", payload: token ? { authorization: `Bearer ${token}` } : {} });
    opened.onmessage = (event) => {
      const { type, id, payload } = JSON.parse(event.data);
      if (type === "ping") say({ type: "pong" });
      if (type === "connection_ack")
        for (const id of watched) say({ type: "subscribe", id, payload: { query: CHANGED, variables: { id } } });
      if (type === "next" && payload.data) changed(id, payload.data.flowInstanceChanged.version);
    };
    opened.onclose = () => {
      if (socket === opened) again = setTimeout(open, AGAIN_MS);
    };
  }

  function close() {
    clearTimeout(again);
    const closing = socket;
    socket = null;
    closing?.close();
  }

  return watch;
}
