/** Beside the form: what has happened so far, and the variables. */
import { h, say } from "./dom.js";

const SHOWN = new Set([
  "userTask",
  "serviceTask",
  "callActivity",
  "endEvent",
  "boundaryEvent",
  "messageCatchEvent",
  "timerCatchEvent",
]);
const SIGNS = { COMPLETED: "✓", ACTIVE: "●", WAITING: "…", FAILED: "!", CANCELLED: "×", ROLLED_BACK: "↩" };

/** Nodes with those of called flows below the call; `back(node)` goes back to a completed task. */
export function makeHistory(instance, back) {
  return h(
    "section",
    { class: "history", "aria-label": say("So far") },
    h("h2", {}, say("So far")),
    h("ol", {}, lines(instance.history, back)),
  );
}

function lines(history, back) {
  return history
    .filter((node) => SHOWN.has(node.elementType))
    .flatMap((node) => [
      line(node, back),
      ...(node.subInstance?.history
        ? [h("li", { class: "called" }, h("ol", {}, lines(node.subInstance.history, back)))]
        : []),
    ]);
}

function line(node, back) {
  const when = node.leftAt ?? node.enteredAt;
  const time = new Date(when).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const goesBack = back && node.elementType === "userTask" && node.status === "COMPLETED";
  return h(
    "li",
    { class: node.status.toLowerCase() },
    h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[node.status] ?? ""),
    h(
      "span",
      { class: "what" },
      node.name ?? node.elementKey,
      h("small", {}, [say(node.status.toLowerCase().replaceAll("_", " ")), time, node.by].filter(Boolean).join(" · ")),
    ),
    goesBack &&
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          onclick: () => back(node),
          "aria-label": `${say("Back to here")}: ${node.name ?? node.elementKey}`,
        },
        "↩",
      ),
  );
}

export function makeVariables(variables) {
  const short = JSON.stringify(
    variables,
    (_, value) => (typeof value === "string" && value.length > 200 ? `${value.slice(0, 60)}…` : value),
    2,
  );
  return h("details", { class: "variables" }, h("summary", {}, say("Variables")), h("pre", {}, short));
}

/** For each message that is waited for: a form to play the other side. */
export function makeMessages(instance, send) {
  const waiting = instance.history.filter(
    (node) => node.elementType === "messageCatchEvent" && node.status === "ACTIVE",
  );
  const elements = new Map((instance.deployment.model.elements ?? []).map((element) => [element.key, element]));
  return waiting.map((node) => message(elements.get(node.elementKey) ?? { message: "" }, node, instance, send));
}

function message(element, node, instance, send) {
  const wanted = new Set(
    Object.values(element.output ?? {}).flatMap((text) =>
      Array.from(text.matchAll(/\bmessage\.(\w+)/g), (found) => found[1]),
    ),
  );
  const inputs = Array.from(wanted, (name) =>
    h("input", { type: "text", id: `message-${name}`, name, autocomplete: "off" }),
  );
  const submit = (event) => {
    event.preventDefault();
    const variables = Object.fromEntries(inputs.map((input) => [input.name, input.value]));
    void send({
      name: element.message,
      instanceId: instance.id,
      correlation: correlation(element, instance),
      variables,
    });
  };
  return h(
    "form",
    { class: "message", onsubmit: submit },
    h("h3", {}, node.name ?? element.message),
    h(
      "p",
      { class: "hint" },
      say("It waits for a message. As the other side, send it:"),
      " ",
      h("code", {}, element.message),
    ),
    inputs.map((input) => h("div", { class: "field" }, h("label", { for: input.id }, input.name), input)),
    h("button", { type: "submit", class: "primary" }, say("Send the message")),
  );
}

/** What of the correlation is a plain variable; the rest the sender would know. */
function correlation(element, instance) {
  const plain = Object.entries(element.correlation ?? {}).filter(([, text]) => /^vars\.\w+$/.test(text));
  return Object.fromEntries(plain.map(([name, text]) => [name, instance.variables[text.slice("vars.".length)]]));
}
