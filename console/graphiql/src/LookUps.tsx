/** The panel of ready look-ups: open one, its variables filled, without writing a query. */
import { type GraphiQLPlugin, pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import type { LookUp } from "./config";
import { tabOf } from "./tabs";

export function lookUpsPlugin(lookUps: readonly LookUp[]): GraphiQLPlugin {
  return { title: "Look-ups", icon: LookUpIcon, content: () => <LookUps lookUps={lookUps} /> };
}

function LookUps({ lookUps }: { readonly lookUps: readonly LookUp[] }) {
  const open = useOpen();
  return (
    <section className="paifang-panel" aria-label="Look-ups">
      <h2>Look-ups</h2>
      <p>Each opens with values that have an answer. Change them under Variables, then run.</p>
      <ul className="paifang-lookups">
        {lookUps.map((lookUp) => (
          <li key={lookUp.title}>
            <button type="button" onClick={() => open(lookUp)}>
              <strong>{lookUp.title}</strong>
              {Object.entries(lookUp.variables ?? {}).map(([name, value]) => (
                <span key={name} className="paifang-fact">
                  <span>{name}</span> {typeof value === "string" ? value : JSON.stringify(value)}
                </span>
              ))}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Go to the tab that shows the look-up; where it was closed or edited, open it anew. */
function useOpen() {
  const { addTab, changeTab } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor, headerEditor } = useGraphiQL(
    pick("tabs", "queryEditor", "variableEditor", "headerEditor"),
  );
  return (lookUp: LookUp) => {
    const wanted = tabOf(lookUp);
    const index = tabs.findIndex((tab) => tab.query === wanted.query);
    if (index >= 0) return changeTab(index);
    addTab();
    queryEditor?.setValue(wanted.query);
    variableEditor?.setValue(wanted.variables ?? "");
    headerEditor?.setValue(wanted.headers ?? "");
  };
}

function LookUpIcon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round">
      <circle cx="8.5" cy="8.5" r="5.5" />
      <path d="m12.7 12.7 4.3 4.3M6 7.5h5M6 10h3" />
    </svg>
  );
}
