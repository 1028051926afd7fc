/** What the page asks the gateway: every operation it uses, and what may come back. */

const TASK = `fragment T on Task { id elementKey name status candidateRoles assignee dueAt version instance { id flowKey } }`;
const NODE = `fragment N on NodeInstance { id elementKey elementType name status enteredAt leftAt by changed }`;
const OPERATIONS = {
  me: `query Me { me { subject roles units channel } }`,
  flow: `query FlowName($key: String!) { flow(key: $key) { name } }`,
  start: `mutation Start($input: StartFlowInput!) { startFlow(input: $input) { instance { id } } }`,
  commit: `mutation Commit($input: CommitTaskInput!) { commitTask(input: $input) { instance { id } } }`,
  preview: `query Preview($input: RollbackTaskInput!) {
    previewRollback(input: $input) { opens compensations rolledBack { elementKey elementType name } }
  }`,
  rollback: `mutation Rollback($input: RollbackTaskInput!) { rollbackTask(input: $input) { instance { id } } }`,
  claim: `mutation Claim($id: ID!) { claimTask(taskId: $id) { id } }`,
  release: `mutation Release($id: ID!) { releaseTask(taskId: $id) { id } }`,
  comments: `query Comments($id: ID!) { task(id: $id) { comments { at by text } } }`,
  comment: `mutation Comment($id: ID!, $text: String!) { commentTask(taskId: $id, text: $text) { id } }`,
  retry: `mutation Retry($id: ID!) { retryTask(taskId: $id) { instance { id } } }`,
  message: `mutation Message($input: MessageInput!) { sendMessage(input: $input) { instance { id } } }`,
  form: `query Form($id: ID!, $channel: String!) { task(id: $id) { form(channel: $channel) { key channel schema ui values } } }`,
  instance: `query Instance($id: ID!) {
    flowInstance(id: $id) {
      id flowKey status version caseId variables incidents { code message path } deployment { version model }
      tasks { ...T }
      history {
        ...N
        subInstance {
          id flowKey status version incidents { code message path } tasks { ...T }
          history { ...N subInstance { id flowKey status version tasks { ...T } } }
        }
      }
    }
  }
  ${TASK} ${NODE}`,
};

/** A refusal of the gateway: `code`, and the problems of a form with their places. */
export class Refused extends Error {
  constructor(error) {
    super(error.message);
    this.code = error.extensions?.code ?? "UNKNOWN";
    this.problems = error.extensions?.problems ?? [];
  }
}

/** Asks as the persona that `tokenOf` names at that moment. Raises Refused, and TypeError without a network. */
export function makeEndpoint(url, tokenOf) {
  return async function ask(operation, variables = {}) {
    const token = tokenOf();
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "accept-language": [navigator.language, ...navigator.languages].join(),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      body: JSON.stringify({ query: OPERATIONS[operation], variables }),
    });
    const answer = await response.json();
    if (answer.errors?.length) throw new Refused(answer.errors[0]);
    return Object.values(answer.data)[0];
  };
}

/** A new key of a change: repeated with it, the change is made once. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
