/** A task's form as a chat asks for it: one question at a time, each answer kept by a partial commit. */
import { h, say } from "./dom.js";
import { isShown, makeField, stepsOf } from "./field.js";

/**
 * `save(values)` keeps answers and resolves to `{ problems, form }`; `submit()` commits what was kept.
 * `before` are the bubbles of earlier tasks.
 */
export function makeChat(form, before, { save, submit }) {
  const log = h("ol", { class: "bubbles", "aria-label": say("Chat"), "aria-live": "polite" }, before);
  const composer = h("div", { class: "composer" });
  const node = h("div", { class: "talk" }, log, composer);
  let now = form;
  let parts = null; // of a question asked part by part: those given so far
  if (form?.ui.title) log.append(bubble("theirs", form.ui.title, form.ui.description));
  for (const question of answeredOf(now)) append(question);
  ask(now?.ui.next);

  function append(question) {
    const change = h("button", { type: "button", class: "quiet", onclick: () => ask(question.name) }, say("Change"));
    log.append(
      bubble("theirs", question.prompt ?? question.name),
      bubble("mine", shown(question, now.values[question.name]), null, change),
    );
  }

  function ask(name) {
    const question = questionsOf(now).find((one) => one.name === name);
    parts = question?.parts ? {} : null;
    return question ? pose(question, question) : finish();
  }

  /** `asked` is the question, or the part of it that is asked now. */
  function pose(question, asked) {
    if (asked === question && question.parts) return pose(question, question.parts[0]);
    const prompt = bubble("theirs", asked.prompt ?? asked.name, asked === question ? asked.hint : question.prompt);
    log.append(prompt);
    const field = makeField(
      {
        ...asked,
        title: asked.prompt ?? asked.name,
        description: undefined,
        fields: asked.parts,
        item: itemOf(asked, now.schema),
      },
      now.values[question.name],
    );
    const send = h("button", { type: "submit", class: "primary" }, say("Send"));
    const form_ = h(
      "form",
      { novalidate: true, onsubmit: (event) => void take(event) },
      field.node,
      h("div", { class: "actions" }, !asked.required && skipping(question), send),
    );
    async function take(event) {
      event.preventDefault();
      field.clear();
      let value;
      try {
        value = field.read();
      } catch (fault) {
        return field.tell([], fault.message)();
      }
      send.disabled = true;
      await reply(question, asked, value, field);
      send.disabled = false;
    }
    form_.classList.toggle(
      "buttons",
      Boolean(asked.choices) && asked.choices.length <= 8 && asked.widget !== "multi-choice",
    );
    if (form_.classList.contains("buttons"))
      field.node.addEventListener(
        "click",
        (event) => event.detail > 0 && event.target.matches("input[type=radio]") && form_.requestSubmit(),
      );
    composer.replaceChildren(form_);
    field.focus();
    prompt.scrollIntoView({ block: "nearest" });
  }

  function skipping(question) {
    return h("button", { type: "button", class: "quiet", onclick: () => finish(question.name) }, say("Skip"));
  }

  async function reply(question, asked, value, field) {
    if (parts && value !== undefined) parts[asked.name] = value;
    const next = parts && question.parts[question.parts.indexOf(asked) + 1];
    if (next) {
      log.append(bubble("mine", shown(asked, value)));
      return pose(question, next);
    }
    const whole = parts ?? value;
    const { problems, form: kept } = await save(whole === undefined ? {} : { [question.name]: whole });
    if (problems.length) return refuse(question, problems, field);
    now = kept;
    log.append(bubble("mine", shown(asked, value)));
    ask(now.ui.next);
  }

  /** A part that was refused is asked again. */
  function refuse(question, problems, field) {
    const [name, step] = stepsOf(problems[0]);
    const part = parts && question.parts.find((one) => one.name === step);
    if (part) {
      log.append(bubble("mine", shown(part, parts[step])), bubble("theirs refused", problems[0].message));
      return pose(question, part);
    }
    return field.tell(name === question.name ? stepsOf(problems[0]).slice(1) : [], problems[0].message)();
  }

  /** Nothing is missing: what may be added, and the end. */
  function finish() {
    const optional = (now?.ui.optional ?? [])
      .map((name) => questionsOf(now).find((one) => one.name === name))
      .filter(Boolean);
    const told = h("p", { class: "told", role: "alert", hidden: true });
    const done = h(
      "button",
      { type: "button", class: "primary", onclick: () => void end() },
      say(now ? "Submit" : "Done"),
    );
    async function end() {
      done.disabled = true;
      const problems = (await submit()) ?? [];
      done.disabled = false;
      told.hidden = problems.length === 0;
      told.textContent = problems.map((problem) => problem.message).join(" ");
    }
    const adds = optional.map((question) =>
      h(
        "button",
        { type: "button", class: "quiet", onclick: () => ask(question.name) },
        `+ ${question.prompt ?? question.name}`,
      ),
    );
    composer.replaceChildren(
      h("p", { class: "hint" }, say("All answered.")),
      told,
      h("div", { class: "actions" }, adds, done),
    );
    done.focus();
  }

  return { node };
}

/** What a list is made of: questions do not say, the form's schema does. */
function itemOf(question, schema) {
  const items = question.choices ? undefined : schema.properties?.[question.name]?.items;
  return ["string", "number", "integer", "boolean"].includes(items?.type)
    ? { ...items, name: question.name }
    : undefined;
}

const questionsOf = (form) => (form?.ui.questions ?? []).filter((question) => isShown(question, form.values));

/** The questions that are answered; a default is no answer. */
export function answeredOf(form) {
  const open = new Set([form?.ui.next, ...(form?.ui.optional ?? [])]);
  return questionsOf(form).filter((question) => !open.has(question.name) && question.name in form.values);
}

export function bubble(whose, text, hint, ...more) {
  return h("li", { class: `bubble ${whose}` }, h("span", {}, text), hint && h("small", {}, hint), more);
}

/** An answer as its choice is labelled. */
export function shown(question, value) {
  if (value === undefined) return "—";
  if (Array.isArray(value)) return value.map((one) => shown(question, one)).join("，");
  const choice = question.choices?.find((each) => JSON.stringify(each.value) === JSON.stringify(value));
  if (choice) return choice.label;
  if (typeof value === "string" && value.startsWith("data:")) return "🖼";
  if (value !== null && typeof value === "object") {
    const parts = new Map((question.parts ?? []).map((part) => [part.name, part]));
    return Object.entries(value)
      .map(([name, one]) => shown(parts.get(name) ?? {}, one))
      .join("，");
  }
  return String(value);
}
