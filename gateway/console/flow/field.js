/** A field with its label, its hint, and the place where its problems are told. */
import { h, newId, say } from "./dom.js";
import { makeControl } from "./widgets.js";

/** `tell(steps, message)` shows a problem here or at the part that `steps` leads to. */
export function makeField(field, value, changed) {
  const control = makeControl(field, value, changed);
  const hint = field.description && h("p", { class: "hint", id: newId("hint") }, field.description);
  const told = h("p", { class: "told", id: newId("told"), hidden: true });
  const described = [hint?.id, told.id].filter(Boolean).join(" ");
  const title = [
    field.title ?? field.name,
    !field.required && !field.visibleWhen && h("span", { class: "optional" }, say("optional")),
  ];
  const node = control.label
    ? h("div", { class: "field" }, h("label", { for: control.label.id }, title), hint, control.node, told)
    : h(
        "fieldset",
        { class: "field", "aria-describedby": described },
        h("legend", {}, title),
        hint,
        control.node,
        told,
      );
  control.label?.setAttribute("aria-describedby", described);
  const focus = () => (control.label ?? control.node.querySelector("input, select, textarea, button"))?.focus();

  function tell(steps, message) {
    const part = steps.length ? control.at?.(steps[0]) : undefined;
    if (part) return part.tell(steps.slice(1), message);
    told.textContent = message;
    told.hidden = false;
    node.classList.add("refused");
    (control.label ?? node).setAttribute("aria-invalid", "true");
    return focus;
  }

  function clear() {
    told.hidden = true;
    node.classList.remove("refused");
    node.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
    node.removeAttribute("aria-invalid");
    node.querySelectorAll(".refused").forEach((one) => one.classList.remove("refused"));
    node.querySelectorAll(".told").forEach((one) => (one.hidden = true));
  }

  return { name: field.name, field, node, read: control.read, focus, tell, clear };
}

/** Whether a field is to be shown with these values: all tests of any one of the lists hold. */
export function isShown(field, values) {
  return !field.visibleWhen?.length || field.visibleWhen.some((tests) => tests.every((test) => holds(test, values)));
}

function holds(test, values) {
  const negated = Boolean(test.not);
  const given = values[test.field];
  if (given === undefined) return Boolean(test.absent) !== negated;
  const fits = !test.in || test.in.some((one) => JSON.stringify(one) === JSON.stringify(given));
  return fits !== negated;
}

/** The steps below the form of a problem's place: `ask/form/address/city` is [address, city]. */
export function stepsOf(problem) {
  const unescaped = (step) => step.replaceAll("~1", "/").replaceAll("~0", "~");
  return (problem.path ?? "").split("/").slice(2).map(unescaped);
}
