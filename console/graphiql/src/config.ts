/** What the gateway tells the page: one JSON block in the HTML, read once. */

export interface LookUp {
  readonly title: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Persona {
  readonly name: string;
  readonly description: string;
  /** Sent as `Authorization: Bearer …`; null asks as nobody. */
  readonly token: string | null;
}

export interface PageConfig {
  readonly endpoint: string;
  readonly product: string;
  readonly docsUrl: string | null;
  readonly tabs: readonly LookUp[];
  /** Changes when the tabs change, so that tabs kept by a browser never outlive their look-ups. */
  readonly tabsVersion: string;
  readonly personas: readonly Persona[];
}

export function readConfig(): PageConfig {
  const block = document.getElementById("page-config");
  if (!block?.textContent) throw new Error("The page carries no configuration: it must be served by the gateway.");
  return JSON.parse(block.textContent) as PageConfig; // written by the gateway for this very script
}
