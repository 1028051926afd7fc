/** The plan panel: which calls the open operation will make, and at most how many, without running it. */
import { type GraphiQLPlugin, pick, useGraphiQL } from "@graphiql/react";
import { useEffect, useState } from "react";
import { type Answer, ask, sentences } from "./endpoint";

export const PLAN_PLUGIN: GraphiQLPlugin = { title: "Plan", icon: PlanIcon, content: PlanPanel };

const EXPLAIN = `query Explain($query: String!, $variables: JSON, $operationName: String) {
  explain(query: $query, variables: $variables, operationName: $operationName) { text mermaid bound }
}`;
const PAUSE_MS = 300; // one request when typing stops, not one a key

interface Plan {
  readonly text: string;
  readonly mermaid: string;
  readonly bound: string;
}

type Shown = { readonly plan: Plan } | { readonly why: string } | null;

function PlanPanel() {
  const shown = usePlan();
  return (
    <section className="paifang-panel" aria-label="Plan" aria-busy={shown === null}>
      <h2>Plan</h2>
      {shown && ("plan" in shown ? <PlanView plan={shown.plan} /> : <pre className="paifang-refused">{shown.why}</pre>)}
    </section>
  );
}

function PlanView({ plan }: { readonly plan: Plan }) {
  return (
    <>
      <p>
        Upstream calls, at most: <strong className="paifang-bound">{plan.bound}</strong>
      </p>
      <pre tabIndex={0}>{plan.text}</pre>
      <CopyButton text={plan.mermaid} />
    </>
  );
}

function CopyButton({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState("");
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(text),
      () => setCopied(""),
    );
  };
  return (
    <button type="button" className="paifang-copy" onClick={copy}>
      {copied === text ? "Copied" : "Copy as Mermaid diagram"}
    </button>
  );
}

function usePlan(): Shown {
  const { fetcher, tabs, activeTabIndex } = useGraphiQL(pick("fetcher", "tabs", "activeTabIndex"));
  const tab = tabs[activeTabIndex];
  const query = tab?.query ?? "";
  const variables = tab?.variables ?? "";
  const operationName = tab?.operationName ?? null;
  const [shown, setShown] = useState<Shown>(null);
  useEffect(() => {
    let current = true; // an answer for an older text is dropped
    const timer = setTimeout(async () => {
      const next = await explain(fetcher, { query, variables, operationName });
      if (current) setShown(next);
    }, PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [fetcher, query, variables, operationName]);
  return shown;
}

interface Operation {
  readonly query: string;
  readonly variables: string;
  readonly operationName: string | null;
}

async function explain(fetcher: Parameters<typeof ask>[0], operation: Operation): Promise<Shown> {
  const variables = parsed(operation.variables);
  if (variables === undefined) return { why: "The variables are not JSON." };
  return shownOf(await ask(fetcher, { query: EXPLAIN, operationName: "Explain", variables: { ...operation, variables } }));
}

function parsed(variables: string): unknown {
  try {
    return variables.trim() ? JSON.parse(variables) : null;
  } catch {
    return undefined;
  }
}

function shownOf(answer: Answer): Shown {
  const plan = answer.data?.["explain"] as Plan | null | undefined; // the fields of EXPLAIN
  return plan ? { plan } : { why: sentences(answer) ?? "There is no plan for this operation." };
}

function PlanIcon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round">
      <circle cx="4" cy="10" r="2" />
      <circle cx="16" cy="4.5" r="2" />
      <circle cx="16" cy="15.5" r="2" />
      <path d="M6 10h2.5c2 0 1.5-5.5 5.5-5.5M8.5 10c2 0 1.5 5.5 5.5 5.5" />
    </svg>
  );
}
