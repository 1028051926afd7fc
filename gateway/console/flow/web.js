/** A task's form as a web page asks for it: all fields, in groups, each shown when it is of use. */
import { h, say } from "./dom.js";
import { isShown, makeField, stepsOf } from "./field.js";

/** `submit(values)` resolves to the problems of a refused commit, to none once it went through. */
export function makeWebForm(form, submit) {
  const ui = form?.ui ?? {};
  const fields = (ui.fields ?? []).map((field) => makeField(field, form.values[field.name], () => refresh()));
  const summary = h("div", { class: "summary", role: "alert" });
  const button = h("button", { type: "submit", class: "primary" }, say(form ? "Submit" : "Done"));
  const node = h(
    "form",
    { novalidate: true, onsubmit: (event) => void send(event) },
    summary,
    laidOut(ui, fields),
    h("div", { class: "actions" }, button),
  );

  const values = () => {
    const given = {};
    for (const field of fields) {
      if (field.node.hidden || field.field.readOnly) continue;
      const value = field.read() ?? (field.name in (form?.values ?? {}) ? null : undefined); // null: emptied
      if (value !== undefined) given[field.name] = value;
    }
    return given;
  };

  function refresh() {
    let before;
    do {
      before = fields.map((field) => field.node.hidden).join();
      const given = readable(values);
      if (given) for (const field of fields) field.node.hidden = !isShown(field.field, given);
    } while (before !== fields.map((field) => field.node.hidden).join());
  }

  async function send(event) {
    event.preventDefault();
    summary.replaceChildren();
    fields.forEach((field) => field.clear());
    let given;
    try {
      given = values();
    } catch (fault) {
      return summary.replaceChildren(fault.message);
    }
    button.disabled = true;
    const problems = await submit(given);
    button.disabled = false;
    tell(problems ?? []);
  }

  function tell(problems) {
    let focus;
    const elsewhere = [];
    for (const problem of problems) {
      const [name, ...steps] = stepsOf(problem);
      const field = fields.find((one) => one.name === name && !one.node.hidden);
      const found = field?.tell(steps, problem.message);
      if (!field) elsewhere.push(problem.message);
      focus ??= found;
    }
    if (problems.length) summary.replaceChildren(say("Please correct what is marked."));
    if (elsewhere.length)
      summary.replaceChildren(
        say("Please correct:"),
        h(
          "ul",
          {},
          elsewhere.map((one) => h("li", {}, one)),
        ),
      );
    focus?.();
  }

  refresh();
  return { node, title: ui.title, description: ui.description };
}

function readable(values) {
  try {
    return values();
  } catch {
    return null; // half a JSON text: what is shown stays as it is
  }
}

/** Fields in no group come first. */
function laidOut(ui, fields) {
  const grouped = new Set((ui.groups ?? []).flatMap((group) => group.fields));
  const of = (names) => fields.filter((field) => names.includes(field.name)).map((field) => field.node);
  return [
    ...fields.filter((field) => !grouped.has(field.name)).map((field) => field.node),
    ...(ui.groups ?? []).map((group) =>
      h("details", { class: "group", open: true }, h("summary", {}, group.title), of(group.fields)),
    ),
  ];
}
