/** The tabs a browser opens with: those it kept, else the gateway's look-ups, else a first steps tab. */
import type { LookUp } from "./config";

export interface TabText {
  readonly query: string;
  readonly variables: string | null;
  readonly headers: string | null;
}

const FIRST_STEPS = `# 欢迎 · Welcome
#
# Ctrl-Enter   run the operation
# Ctrl-Space   complete a field
#
# Panels on the left:
#   Docs      every type and field
#   Plan      the calls it will make
#   History   what you ran before
#
# 网关眼中的你是谁 · Who are you here?

query WhoAmI {
  me {
    subject
    roles
    units
    channel
  }
}
`;

export function tabOf(lookUp: LookUp): TabText {
  return {
    query: `# ${lookUp.title}\n${lookUp.query.trim()}\n`,
    variables: lookUp.variables ? JSON.stringify(lookUp.variables, null, 2) : null,
    headers: lookUp.headers ? JSON.stringify(lookUp.headers, null, 2) : null,
  };
}

export function openingTabs(lookUps: readonly LookUp[]): [TabText, ...TabText[]] {
  const [first, ...rest] = lookUps.map(tabOf);
  return first ? [first, ...rest] : [{ query: FIRST_STEPS, variables: null, headers: null }];
}

/** Keys that hold tabs; the others (theme, sizes, history) outlive a change of look-ups. */
const TAB_KEYS = new Set(["graphiql:tabState", "graphiql:query", "graphiql:variables", "graphiql:headers"]);

/** The browser's storage, with the tabs of each version of the look-ups kept apart. */
export function tabStorage(version: string) {
  const keyOf = (key: string) => (TAB_KEYS.has(key) ? `${key}:${version}` : key);
  const ours = () => Object.keys(localStorage).filter((key) => key.startsWith("graphiql:"));
  return {
    getItem: (key: string) => localStorage.getItem(keyOf(key)),
    setItem: (key: string, value: string) => localStorage.setItem(keyOf(key), value),
    removeItem: (key: string) => localStorage.removeItem(keyOf(key)),
    clear: () => ours().forEach((key) => localStorage.removeItem(key)),
    get length() {
      return ours().length;
    },
  };
}

/**
 * What the editors show first. GraphiQL fills them from its stored `query`, which exists only once
 * something was typed; before that it would leave the variables of the open tab empty.
 */
export function openingTab(storage: ReturnType<typeof tabStorage>, tabs: readonly [TabText, ...TabText[]]): TabText | null {
  if (storage.getItem("graphiql:query") !== null) return null;
  const kept = storage.getItem("graphiql:tabState");
  if (kept === null) return tabs[0];
  const state = JSON.parse(kept) as { tabs: TabText[]; activeTabIndex: number }; // GraphiQL's own record
  return state.tabs[state.activeTabIndex] ?? tabs[0];
}
