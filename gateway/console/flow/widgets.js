/**
 * The table of widgets: each makes a control of what a field says of itself.
 *
 * A control has `node`, `read()` (undefined: nothing given), and `label`: the element a label points to, or null
 * where the control is a group that the field's legend names. `choose`, if given, is told of every change.
 */
import { h, newId, say } from "./dom.js";
import { makePhoto, makeSignature } from "./drawing.js";
import { makeField } from "./field.js";

export function makeControl(field, value, changed) {
  return (WIDGETS[field.widget] ?? byType(field))(field, value, changed);
}

const WIDGETS = {
  text: (field, value, changed) =>
    (field.maxLength ?? 0) > 200 ? area(field, value, changed) : input(field, value, changed, { type: typeOf(field) }),
  number: (field, value, changed) => number(field, value, changed),
  amount: (field, value, changed) => amount(field, value, changed),
  switch: (field, value, changed) => toggle(field, value, changed),
  choice: (field, value, changed) => choice(field, value, changed),
  "multi-choice": (field, value, changed) => several(field, value, changed),
  date: (field, value, changed) => input(field, value, changed, { type: "date" }),
  time: (field, value, changed) => moment(field, value, changed, { type: "time", step: 1 }),
  datetime: (field, value, changed) => moment(field, value, changed, { type: "datetime-local" }),
  address: (field, value, changed) =>
    field.fields ? group(field, value, changed) : area(field, value, changed, { autocomplete: "street-address" }),
  "order-picker": (field, value, changed) =>
    field.choices ? choice(field, value, changed) : byType(field)(field, value, changed),
  photo: makePhoto,
  signature: makeSignature,
  group: (field, value, changed) => group(field, value, changed),
  list: (field, value, changed) => list(field, value, changed),
  json: (field, value, changed) => json(field, value, changed),
};

/** For a widget this page does not know. */
function byType(field) {
  if (field.type === "array") return field.choices ? several : field.item ? list : json;
  if (field.choices) return choice;
  if (field.fields) return group;
  return { boolean: toggle, integer: number, number, string: input }[field.type] ?? json;
}

// ------------------------------------------------------------------ one line
function typeOf(field) {
  return { email: "email", uri: "url", "idn-email": "email" }[field.format] ?? (looksLikePhone(field) ? "tel" : "text");
}

const looksLikePhone = (field) => /phone|mobile/i.test(field.name);

function input(field, value, changed, attributes = {}) {
  const node = h("input", {
    type: "text",
    id: newId("input"),
    maxlength: field.maxLength,
    placeholder: field.placeholder,
    autocomplete: "off",
    readonly: field.readOnly,
    "aria-required": String(Boolean(field.required)),
    oninput: changed,
    ...attributes,
  });
  node.value = value ?? "";
  return { node, label: node, read: () => node.value.trim() || undefined };
}

function area(field, value, changed, attributes = {}) {
  const node = h("textarea", {
    id: newId("input"),
    rows: 3,
    maxlength: field.maxLength,
    placeholder: field.placeholder,
    readonly: field.readOnly,
    "aria-required": String(Boolean(field.required)),
    oninput: changed,
    ...attributes,
  });
  node.value = value ?? "";
  return { node, label: node, read: () => node.value.trim() || undefined };
}

function number(field, value, changed) {
  const whole = field.type === "integer";
  const line = input(field, value, changed, { inputmode: whole ? "numeric" : "decimal" });
  const read = () => {
    const text = line.read();
    return text === undefined || Number.isNaN(Number(text)) ? text : Number(text);
  };
  return { ...line, read };
}

function amount(field, value, changed) {
  const line = number(field, value, changed);
  const range = [field.min, field.max].every((end) => end !== undefined) ? `${field.min} – ${field.max}` : "";
  const node = h(
    "span",
    { class: "amount" },
    h("span", { class: "unit" }, field.currency ?? ""),
    line.node,
    h("span", { class: "range" }, range),
  );
  return { ...line, node };
}

/** Times as RFC 3339 has them: with seconds, and with the offset of this place. */
function moment(field, value, changed, attributes) {
  const line = input(field, localTime(value, attributes.type), changed, attributes);
  const read = () => {
    const text = line.read();
    if (text === undefined) return undefined;
    const seconds = /:\d\d:\d\d/.test(text) ? text : `${text}:00`;
    return seconds + offset(attributes.type === "time" ? new Date() : new Date(text));
  };
  return { ...line, read };
}

function localTime(value, type) {
  if (typeof value !== "string") return "";
  if (type === "time") return value.slice(0, 8);
  const at = new Date(value);
  return Number.isNaN(at.getTime())
    ? ""
    : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function offset(at) {
  const minutes = -at.getTimezoneOffset();
  const two = (count) => String(Math.trunc(Math.abs(count))).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

function json(field, value, changed) {
  const line = area(field, value === undefined ? "" : JSON.stringify(value, null, 1), changed, {
    class: "code",
    spellcheck: "false",
  });
  const read = () => {
    const text = line.read();
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw new SyntaxError(say("This is no JSON."));
    }
  };
  return { ...line, read };
}

// ------------------------------------------------------------------ choices
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function toggle(field, value, changed) {
  if (
    field.choices &&
    !same(
      field.choices.map((each) => each.value),
      [true, false],
    )
  )
    return choice(field, value, changed);
  const label = (flag) => field.choices?.find((each) => each.value === flag)?.label ?? String(flag);
  return choice(
    {
      ...field,
      choices: [
        { value: true, label: label(true) },
        { value: false, label: label(false) },
      ],
    },
    value,
    changed,
  );
}

function choice(field, value, changed) {
  if ((field.choices?.length ?? 0) > 8) return select(field, value, changed);
  const name = newId("choice");
  const inputs = (field.choices ?? []).map((each) =>
    h("input", {
      type: "radio",
      name,
      id: newId("input"),
      onchange: changed,
      checked: same(each.value, value),
      disabled: field.readOnly,
    }),
  );
  const node = h(
    "div",
    { class: "choices" },
    inputs.map((one, at) => h("label", { for: one.id }, one, h("span", {}, field.choices[at].label))),
  );
  const chosen = () => inputs.findIndex((one) => one.checked);
  return {
    node: inputs.length ? node : h("p", { class: "hint" }, "—"),
    label: null,
    read: () => field.choices?.[chosen()]?.value,
  };
}

function select(field, value, changed) {
  const at = field.choices.findIndex((each) => same(each.value, value));
  const node = h(
    "select",
    { id: newId("input"), onchange: changed, disabled: field.readOnly },
    h("option", { value: -1 }, "—"),
    field.choices.map((each, index) => h("option", { value: index, selected: index === at }, each.label)),
  );
  return { node, label: node, read: () => field.choices[Number(node.value)]?.value };
}

function several(field, value, changed) {
  const given = Array.isArray(value) ? value : [];
  const boxes = (field.choices ?? []).map((each) =>
    h("input", {
      type: "checkbox",
      id: newId("input"),
      onchange: changed,
      checked: given.some((one) => same(one, each.value)),
      disabled: field.readOnly,
    }),
  );
  const node = h(
    "div",
    { class: "choices" },
    boxes.map((one, at) => h("label", { for: one.id }, one, h("span", {}, field.choices[at].label))),
  );
  const read = () => {
    const chosen = field.choices?.filter((_, at) => boxes[at].checked).map((each) => each.value) ?? [];
    return chosen.length || field.required ? chosen : undefined;
  };
  return { node, label: null, read };
}

// ------------------------------------------------------------------ parts
function group(field, value, changed) {
  const parts = (field.fields ?? []).map((part) => makeField(part, value?.[part.name], changed));
  if (!parts.length) return json(field, value, changed);
  const read = () => {
    const given = Object.fromEntries(
      parts.map((part) => [part.name, part.read()]).filter(([, one]) => one !== undefined),
    );
    return Object.keys(given).length ? given : undefined;
  };
  return {
    node: h(
      "div",
      { class: "parts" },
      parts.map((part) => part.node),
    ),
    label: null,
    read,
    at: (step) => parts.find((part) => part.name === step),
  };
}

function list(field, value, changed) {
  if (!field.item) return json(field, value, changed);
  const rows = [];
  const lines = h("div", { class: "rows" });
  const add = (one) => {
    const item = makeField(
      { ...field.item, title: `${field.item.title ?? field.title} ${rows.length + 1}`, required: true },
      one,
      changed,
    );
    const row = h(
      "div",
      { class: "row" },
      item.node,
      h("button", { type: "button", class: "quiet", onclick: () => remove(item, row) }, say("Remove")),
    );
    rows.push(item);
    lines.append(row);
    return item;
  };
  const remove = (item, row) => {
    rows.splice(rows.indexOf(item), 1);
    row.remove();
    more.focus();
    changed?.();
  };
  const more = h(
    "button",
    { type: "button", class: "quiet", onclick: () => add(undefined).focus() },
    `+ ${say("Add one")}`,
  );
  for (const one of Array.isArray(value) ? value : []) add(one);
  const read = () => {
    const given = rows.map((row) => row.read()).filter((one) => one !== undefined);
    return given.length || field.required ? given : undefined;
  };
  return { node: h("div", {}, lines, more), label: null, read, at: (step) => rows[Number(step)] };
}
