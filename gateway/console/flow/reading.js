/** What an instance says: its nodes and open tasks, those of called flows among them, and whose turn it is. */

const SUPERVISORS = ["supervisor", "admin"]; // work on any task of their unit

export function everyNode(instance) {
  return instance.history.flatMap((node) => [node, ...(node.subInstance?.history ? everyNode(node.subInstance) : [])]);
}

export function openTasks(instance) {
  return instance?.status === "RUNNING" ? tasksOf(instance) : [];
}

function tasksOf(instance) {
  const called = (instance.history ?? []).flatMap((node) => (node.subInstance ? tasksOf(node.subInstance) : []));
  return [...(instance.tasks ?? []), ...called];
}

/** Whether a task is one that somebody works on, whoever has claimed it. */
export function isMyWork(me, task) {
  return task.candidateRoles.length === 0 || holds(me, [...task.candidateRoles, ...SUPERVISORS]);
}

/** Whether it is theirs to do now: nobody else has claimed it, or they may take it over. */
export function isTurnOf(me, task) {
  const taken = task.assignee && task.assignee !== me?.subject;
  return isMyWork(me, task) && (!taken || holds(me, SUPERVISORS));
}

export const mayRetry = (me) => holds(me, [...SUPERVISORS, "publisher"]);

const holds = (me, roles) => roles.some((role) => me?.roles.includes(role) || me?.roles.includes("*"));

/** The instance and those it called. */
export function everyInstance(instance) {
  const called = (instance.history ?? []).map((node) => node.subInstance).filter(Boolean);
  return [instance, ...called.flatMap(everyInstance)];
}

/** A flow whose name the reader may not know, by its key: `bike-lock` is "Bike lock". */
export function titleOf(key) {
  const words = key.replace(/[-_.]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Completed user tasks, in order of entry. */
export function doneTasks(instance) {
  return everyNode(instance).filter((node) => node.elementType === "userTask" && node.status === "COMPLETED");
}

/** What people read for an element, by its key. */
export function namesOf(instance) {
  return new Map(everyNode(instance).map((node) => [node.elementKey, node.name ?? node.elementKey]));
}

/** The name of the end that was reached, else the status. */
export function endOf(instance) {
  const ends = instance.history.filter((node) => node.elementType === "endEvent" && node.status === "COMPLETED");
  return ends.at(-1)?.name ?? instance.status;
}

/** What a completed task changed, as its form words it: questions and answers, by the instance's own model. */
export function wordsOf(instance, node) {
  const { elements = [], forms = {} } = instance.deployment.model;
  const asked = forms[elements.find((element) => element.key === node.elementKey)?.form]?.schema?.properties ?? {};
  return Object.entries(node.changed ?? {}).map(([name, value]) => ({
    question: asked[name]?.title ?? name,
    label: asked[name]?.["x-labels"]?.[String(value)],
    value,
  }));
}
