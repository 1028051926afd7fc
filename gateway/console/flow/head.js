/** Above a form: which tasks are open. */
import { h, say } from "./dom.js";

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
