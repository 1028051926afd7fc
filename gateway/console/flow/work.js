/** Working on a task with others: who has claimed it, what was said about it, what failed and may be tried again. */
import { h, newId, say } from "./dom.js";
import { isMyWork, mayRetry } from "./reading.js";

/** What failed, in the flow and in those it called; `retry(taskId)` for who may. */
export function makeIncidents(instances, me, retry) {
  const lines = instances.flatMap((instance) => (instance.incidents ?? []).map((one) => line(instance, one)));
  return lines.length > 0 && h("ul", { class: "alert", role: "alert" }, lines);

  function line(instance, incident) {
    const node = incident.path.slice(incident.path.indexOf("/") + 1);
    const button = h(
      "button",
      { type: "button", class: "quiet", onclick: () => retry(`${instance.id}.${node}`, button) },
      say("Try again"),
    );
    return h("li", {}, `${incident.code}: ${incident.message}`, " ", mayRetry(me) && button);
  }
}

/** For whom a task is, when it is due, and whose it is by now. */
export function makeFacts(task, me, { claim, release }) {
  const at = task.dueAt && new Date(task.dueAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const facts = [task.candidateRoles.join(", "), task.assignee, at && `${say("due")} ${at}`].filter(Boolean);
  const marks = facts.map((fact) => h("span", {}, fact));
  const own = task.assignee === me?.subject;
  const word = own ? "Release" : "Claim";
  const button = h(
    "button",
    { type: "button", class: "quiet", onclick: () => void (own ? release : claim)(task, button) },
    say(word),
  );
  const offered = isMyWork(me, task) && (own || !task.assignee);
  return (marks.length > 0 || offered) && h("p", { class: "facts" }, marks, offered && button);
}

/** What was said about a task, and a line to say more; `typed` is what was begun to be written. */
export function makeComments(task, said, typed, comment) {
  const id = newId("comment");
  const input = h("input", { id, type: "text", name: "comment", maxlength: 10_000, autocomplete: "off" });
  input.value = typed;
  const lines = said.map((one) => h("li", {}, h("small", {}, `${one.by} · ${timeOf(one.at)}`), h("span", {}, one.text)));
  const send = (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text) void comment(task, text).then((done) => done && (input.value = ""));
  };
  return h(
    "section",
    { class: "comments", "aria-label": say("Comments") },
    h("h2", {}, say("Comments")),
    lines.length > 0 && h("ol", {}, lines),
    h(
      "form",
      { onsubmit: send },
      h("label", { for: id }, say("Add a comment")),
      input,
      h("button", { type: "submit", class: "quiet" }, say("Add")),
    ),
  );
}

const timeOf = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
