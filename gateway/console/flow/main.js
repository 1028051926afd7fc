/** One flow as a person meets it: start, fill, commit, go back; as a web form or as a chat. */
import { makeHistory, makeMessages, makeVariables } from "./aside.js";
import { askBack } from "./back.js";
import { makeBar } from "./bar.js";
import { answeredOf, bubble, makeChat, shown } from "./chat.js";
import { h, say } from "./dom.js";
import { makeEndpoint, newKey, Refused } from "./endpoint.js";
import { makeTabs } from "./head.js";
import { doneTasks, endOf, everyInstance, isTurnOf, namesOf, openTasks, titleOf, wordsOf } from "./reading.js";
import { makeWatch } from "./watch.js";
import { makeWebForm } from "./web.js";
import { makeComments, makeFacts, makeIncidents } from "./work.js";

const config = JSON.parse(document.getElementById("page-config").textContent);
const PERSONA = "paifang:persona"; // its name, for this tab of the browser; tokens stay in memory
const root = document.getElementById("root");
const place = new URL(location.href);
const state = {
  persona: config.personas.find((one) => one.name === sessionStorage.getItem(PERSONA)) ?? config.personas[0] ?? null,
  me: null,
  title: titleOf(config.flow),
  channel: place.searchParams.get("channel") ?? "web",
  instanceId: place.searchParams.get("instance"),
  instance: null,
  taskId: null,
  comments: [], // on that task
};
const ask = makeEndpoint(config.endpoint, () => state.persona?.token);
const said = new Map(); // by task: its questions and answers, as they were worded
let turn = 0; // of drawing: what came late is dropped
let loads = 0; // likewise of loading
let drawn = null; // the task that is shown, as it was asked for; what was typed stays while it is the same
const watch = makeWatch(
  config.endpoint,
  () => state.persona?.token,
  (id, version) => {
    const known = state.instance && everyInstance(state.instance).find((one) => one.id === id);
    if (known?.version !== version) void refresh();
  },
);

// ---------------------------------------------------------------------- who, and where
async function meet() {
  const persona = state.persona;
  const me = await ask("me").catch(() => null);
  const flow = await ask("flow", { key: config.flow }).catch(() => null);
  if (persona !== state.persona) return; // somebody else asks by now
  state.me = me;
  state.title = flow?.name ?? titleOf(config.flow);
  drawn = null;
  await refresh({ anew: true });
}

function keepPlace() {
  place.searchParams.set("channel", state.channel);
  if (state.instanceId) place.searchParams.set("instance", state.instanceId);
  else place.searchParams.delete("instance");
  history.replaceState(null, "", place);
}

function choosePersona(persona) {
  state.persona = persona;
  sessionStorage.setItem(PERSONA, persona?.name ?? "");
  void meet();
}

function openTask(task) {
  state.taskId = task.id;
  void draw();
}

function chooseChannel(name) {
  state.channel = name;
  void draw();
}

// ---------------------------------------------------------------------- loading
async function refresh({ anew = false } = {}) {
  const load = ++loads;
  let loaded = null;
  try {
    loaded = state.instanceId ? await ask("instance", { id: state.instanceId }) : null;
  } catch (fault) {
    return alone(card(sentence(fault)));
  }
  if (load !== loads) return;
  state.instance = loaded;
  if (state.instanceId && !state.instance)
    return alone(card(say("There is no such flow, or it is not yours to see."), startButton("Start again")));
  const tasks = openTasks(state.instance);
  if (!tasks.some((task) => task.id === state.taskId)) state.taskId = (tasks.find(isMine) ?? tasks[0])?.id ?? null;
  await draw();
  const running = state.instance ? everyInstance(state.instance).filter((one) => one.status === "RUNNING") : [];
  watch(
    running.map((one) => one.id),
    { anew },
  );
}

const isMine = (task) => isTurnOf(state.me, task);

// ---------------------------------------------------------------------- drawing
async function draw() {
  const mine = ++turn;
  keepPlace();
  if (!state.instance) return alone(card(null, startButton("Start")));
  const task = openTasks(state.instance).find((one) => one.id === state.taskId);
  const shown = task && isMine(task) ? [task.id, state.channel].join() : null;
  let content;
  try {
    state.comments = shown ? ((await ask("comments", { id: task.id }))?.comments ?? []) : [];
    if (mine === turn && shown && shown === drawn) return redrawAround(task);
    content = await makeTask(task);
  } catch (fault) {
    content = card(sentence(fault), refreshButton());
  }
  if (mine !== turn) return;
  drawn = shown;
  show(h("main", {}, alertBox, h("div", { class: "above" }, makeAbove(task)), content), makeAside(task));
}

/** All but the form, which somebody may be filling. */
function redrawAround(task) {
  root.querySelector("main > .above").replaceChildren(...makeAbove(task).filter(Boolean));
  const typed = root.querySelector(".comments input");
  const focused = typed && document.activeElement === typed;
  root.querySelector("aside").replaceWith(makeAside(task, typed?.value));
  if (focused) root.querySelector(".comments input")?.focus();
}

function makeAbove(task) {
  return [
    makeIncidents(everyInstance(state.instance), state.me, (id, button) => acting(button, () => ask("retry", { id }))),
    makeTabs(openTasks(state.instance), state.taskId, openTask),
    task &&
      makeFacts(task, state.me, {
        claim: ({ id }, button) => acting(button, () => ask("claim", { id })),
        release: ({ id }, button) => acting(button, () => ask("release", { id })),
      }),
  ];
}

function makeAside(task, typed = "") {
  return h(
    "aside",
    {},
    makeHistory(state.instance, task && isMine(task) ? (node) => void goBack(task, node.id) : null),
    task && isMine(task) && makeComments(task, state.comments, typed, comment),
    makeVariables(state.instance.variables),
  );
}

async function comment({ id }, text) {
  let done = false;
  await acting(null, async () => {
    await ask("comment", { id, text });
    done = true;
    const input = root.querySelector(".comments input");
    if (input) input.value = "";
  });
  return done;
}

const alertBox = h("p", { class: "alert", role: "alert", hidden: true });

function tellAll(sentence_) {
  alertBox.textContent = sentence_ ?? "";
  alertBox.hidden = !sentence_;
}

function show(...parts) {
  const focused = document.activeElement?.id;
  root.replaceChildren(makeBar(config, state, { choosePersona, chooseChannel }), h("div", { class: "columns" }, parts));
  document.title = `${state.title} · ${config.product}`;
  const next =
    (focused && focused === "persona" && document.getElementById(focused)) ||
    root.querySelector("main .composer :is(input, button, textarea, select)") ||
    root.querySelector("main h1");
  next?.focus({ preventScroll: true });
  root.querySelector(".bubbles")?.lastElementChild?.scrollIntoView({ block: "nearest" });
}

function alone(content) {
  drawn = null;
  show(h("main", {}, alertBox, content));
}

function card(text, ...more) {
  return h("section", { class: "card" }, h("h1", { tabindex: -1 }, state.title), text && h("p", {}, text), more);
}

function startButton(word) {
  const button = h("button", { type: "button", class: "primary", onclick: () => void start() }, say(word));
  const start = () =>
    acting(button, async () => {
      const given = place.searchParams.get("variables");
      const input = {
        flowKey: config.flow,
        caseId: place.searchParams.get("case"),
        variables: given ? JSON.parse(given) : {},
        idempotencyKey: newKey(),
      };
      state.instanceId = (await again(() => ask("start", { input }))).instance.id;
      state.taskId = null;
    });
  return h("div", { class: "actions" }, button);
}

async function makeTask(task) {
  if (!task) return makeWaiting();
  const head = h("h1", { tabindex: -1 }, task.name ?? task.elementKey);
  if (!isMine(task)) {
    const whom = task.assignee
      ? `${say("Claimed by")}: ${task.assignee}`
      : `${say("It waits for")}: ${task.candidateRoles.join(", ")}`;
    const hint = `${whom}. ${say("Switch with “Ask as”, or wait.")}`;
    return h("section", { class: "card waiting" }, head, h("p", {}, hint), refreshButton());
  }
  const form = (await ask("form", { id: task.id, channel: state.channel }))?.form ?? null;
  const asking = state.channel === "chat" ? chat(task, form) : web(task, form);
  const back = h(
    "button",
    { type: "button", class: "quiet back", onclick: () => void goBack(task) },
    `← ${say("Back")}`,
  );
  const canBack = doneTasks(state.instance).length > 0;
  return h("section", { class: "card" }, head, asking, canBack && back);
}

function makeWaiting() {
  const instance = state.instance;
  if (instance.status === "RUNNING") {
    const messages = makeMessages(instance, (input) =>
      acting(null, () => ask("message", { input: { ...input, idempotencyKey: newKey() } })),
    );
    const text = messages.length ? null : h("p", {}, say("The flow goes on by itself, or waits for somebody else."));
    return h(
      "section",
      { class: "card waiting" },
      h("h1", { tabindex: -1 }, say("Nobody's turn")),
      text,
      messages,
      refreshButton(),
    );
  }
  const bubbles = state.channel === "chat" && h("ol", { class: "bubbles" }, transcript(null));
  return h(
    "section",
    { class: "card ended" },
    h("h1", { tabindex: -1 }, endOf(instance)),
    h("p", {}, say("The flow has ended.")),
    bubbles,
    startButton("Start again"),
  );
}

function refreshButton() {
  return h(
    "div",
    { class: "actions" },
    h("button", { type: "button", class: "quiet", onclick: () => void refresh() }, say("Refresh")),
  );
}

// ---------------------------------------------------------------------- a task
function web(task, form) {
  const made = makeWebForm(form, (variables) => commit(task, variables));
  return h(
    "div",
    { class: "web" },
    made.title && h("h2", {}, made.title),
    made.description && h("p", { class: "hint" }, made.description),
    made.node,
  );
}

function chat(task, form) {
  const keep = (current) => {
    said.set(
      task.id,
      answeredOf(current).map((question) => [
        question.prompt ?? question.name,
        shown(question, current.values[question.name]),
      ]),
    );
    return current;
  };
  keep(form);
  return makeChat(form, transcript(task), {
    save: async (variables) => {
      const problems = await commit(task, variables, { partial: true });
      return {
        problems,
        form: problems.length ? null : keep((await ask("form", { id: task.id, channel: "chat" })).form),
      };
    },
    submit: () => commit(task, {}),
  }).node;
}

/** What was said in earlier tasks; for those of another visit, what they changed. */
function transcript(current) {
  const done = doneTasks(state.instance).filter((node) => node.id !== current?.id);
  return done.flatMap((node) => {
    const worded = () => wordsOf(state.instance, node).map((one) => [one.question, one.label ?? shown({}, one.value)]);
    const answers = said.get(node.id) ?? worded();
    return [
      h("li", { class: "divider" }, node.name ?? node.elementKey),
      ...answers.flatMap(([question, answer]) => [bubble("theirs", question), bubble("mine", answer)]),
    ];
  });
}

/** The problems of a refused form; others are told above all. A change is asked for again under its key. */
async function commit(task, variables, { partial = false } = {}) {
  const input = { taskId: task.id, variables, partial, idempotencyKey: newKey() };
  try {
    await again(() => ask("commit", { input }));
  } catch (fault) {
    if (fault instanceof Refused && fault.problems.length) return fault.problems;
    tellAll(sentence(fault));
    if (fault.code === "TASK_NOT_OPEN") await refresh();
    return [];
  }
  tellAll(null);
  if (!partial) await refresh();
  return [];
}

async function again(attempt) {
  try {
    return await attempt();
  } catch (fault) {
    if (fault instanceof Refused) throw fault;
    return await attempt(); // no answer came: the key makes the second harmless
  }
}

async function acting(button, act) {
  if (button) button.disabled = true;
  try {
    await act();
    tellAll(null);
    await refresh();
  } catch (fault) {
    tellAll(sentence(fault));
    if (button) button.disabled = false;
  }
}

const sentence = (fault) =>
  fault instanceof Refused || fault instanceof SyntaxError ? fault.message : say("No answer came: try again.");

// ---------------------------------------------------------------------- going back
async function goBack(task, toTask = null) {
  const input = { taskId: task.id, toTask };
  const names = namesOf(state.instance);
  try {
    if (!(await askBack(await ask("preview", { input }), names))) return;
  } catch (fault) {
    return tellAll(sentence(fault));
  }
  const idempotencyKey = newKey();
  await acting(null, () => again(() => ask("rollback", { input: { ...input, idempotencyKey } })));
}

await meet();
