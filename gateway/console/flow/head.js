/** Above a form: what failed, which tasks are open, for whom a task is and when it is due. */
import { h, say } from "./dom.js";

export function makeIncidents(incidents) {
  const lines = incidents.map((one) => h("li", {}, `${one.code}: ${one.message}`));
  return lines.length > 0 && h("ul", { class: "alert", role: "alert" }, lines);
}

/** None for a single task. */
export function makeTabs(tasks, currentId, open) {
  const tab = (task) =>
    h(
      "button",
      { type: "button", "aria-current": task.id === currentId ? "true" : false, onclick: () => open(task) },
      task.name ?? task.elementKey,
    );
  return tasks.length > 1 && h("nav", { class: "tabs", "aria-label": say("Open tasks") }, tasks.map(tab));
}

export function makeFacts(task) {
  const at = task.dueAt && new Date(task.dueAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const facts = [task.candidateRoles.join(", "), task.assignee, at && `${say("due")} ${at}`].filter(Boolean);
  const marks = facts.map((fact) => h("span", {}, fact));
  return marks.length > 0 && h("p", { class: "facts" }, marks);
}
