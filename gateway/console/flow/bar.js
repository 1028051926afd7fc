/** The line above: which product and flow, who is asking, web form or chat. */
import { h, say } from "./dom.js";

export function makeBar(config, state, { choosePersona, chooseChannel }) {
  const options = config.personas.map((one) =>
    h("option", { value: one.name, selected: one === state.persona, title: one.description }, one.name),
  );
  const choose = (event) => choosePersona(config.personas.find((one) => one.name === event.target.value) ?? null);
  return h(
    "header",
    { class: "bar" },
    h("a", { class: "brand", href: config.endpoint }, config.product),
    h("span", { class: "title" }, state.title),
    options.length > 0 &&
      h("label", { class: "persona" }, say("Ask as"), h("select", { id: "persona", onchange: choose }, options)),
    h("span", { class: "me", role: "status", "aria-label": say("Who you are") }, factsOf(state.me)),
    makeChannels(state, chooseChannel),
  );
}

function factsOf(me) {
  return me ? [h("strong", {}, me.subject), ` ${[...me.roles, ...me.units].join(", ")}`] : [];
}

function makeChannels(state, choose) {
  const one = (name, word) =>
    h(
      "button",
      { type: "button", "aria-pressed": String(state.channel === name), onclick: () => choose(name) },
      say(word),
    );
  return h(
    "span",
    { class: "channels", role: "group", "aria-label": say("Channel") },
    one("web", "Web form"),
    one("chat", "Chat"),
  );
}
