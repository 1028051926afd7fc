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

export function isTurnOf(me, task) {
  const roles = [...task.candidateRoles, ...SUPERVISORS];
  return task.candidateRoles.length === 0 || roles.some((role) => me?.roles.includes(role));
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
