/** GraphiQL for Paifang: everything it loads comes from the gateway that serves it. */
import "@graphiql/plugin-doc-explorer/style.css";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import "@graphiql/plugin-history/style.css";
import "@graphiql/react/style.css";
import { GraphiQL } from "graphiql";
import "graphiql/graphiql.css"; // not style.css: it carries 350 kB of fonts as data: URLs
import "graphiql/setup-workers/vite";
import { useMemo } from "react";
import { createRoot } from "react-dom/client";
import { type PageConfig, readConfig } from "./config";
import { createFetcher } from "./endpoint";
import { lookUpsPlugin } from "./LookUps";
import { OpenTab } from "./OpenTab";
import "./page.css";
import { usePersona } from "./persona";
import { PLAN_PLUGIN } from "./Plan";
import { openingTab, openingTabs, tabStorage } from "./tabs";
import { TopBar } from "./TopBar";

const config = readConfig();
const tabs = openingTabs(config.tabs);
const storage = tabStorage(config.tabsVersion);
const opening = openingTab(storage, tabs);
const lookUps = config.tabs.length ? [lookUpsPlugin(config.tabs)] : [];
const plugins = [...lookUps, PLAN_PLUGIN, HISTORY_PLUGIN];

function Page({ config }: { readonly config: PageConfig }) {
  const [persona, choose] = usePersona(config.personas);
  const token = persona?.token ?? null;
  // A new fetcher makes GraphiQL ask for the schema again: personas may see different fields.
  const fetcher = useMemo(() => createFetcher(config.endpoint, token), [config.endpoint, token]);
  return (
    <>
      <TopBar config={config} persona={persona} onChoose={choose} fetcher={fetcher} />
      <GraphiQL
        fetcher={fetcher}
        plugins={plugins}
        defaultTabs={[...tabs]}
        storage={storage}
        shouldPersistHeaders={false} // headers carry tokens; storage outlives the visit
        defaultEditorToolsVisibility={config.tabs.length ? "variables" : false}
        {...(opening && {
          initialQuery: opening.query,
          initialVariables: opening.variables ?? "",
          initialHeaders: opening.headers ?? "",
        })}
      >
        <GraphiQL.Logo>
          <OpenTab />
        </GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}

const root = document.getElementById("root");
if (!root) throw new Error("The page has no #root element: it must be served by the gateway.");
createRoot(root).render(<Page config={config} />);
