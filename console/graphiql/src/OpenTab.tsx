/**
 * Keep the editors at the open tab. GraphiQL fills them when a tab is clicked; an editor that was not ready
 * then would begin with the text of the tab before.
 */
import { pick, useGraphiQL } from "@graphiql/react";
import { useEffect, useRef } from "react";

export function OpenTab() {
  const { tabs, activeTabIndex, queryEditor, variableEditor, headerEditor } = useGraphiQL(
    pick("tabs", "activeTabIndex", "queryEditor", "variableEditor", "headerEditor"),
  );
  const tab = tabs[activeTabIndex];
  useBeginning(queryEditor, tab?.query);
  useBeginning(variableEditor, tab?.variables);
  useBeginning(headerEditor, tab?.headers);
  return null;
}

interface Editor {
  getValue(): string;
  setValue(text: string): void;
}

/** Once, when the editor is there: what is typed later is the tab's text itself. */
function useBeginning(editor: Editor | undefined, text: string | null | undefined) {
  const begun = useRef<Editor | null>(null);
  useEffect(() => {
    if (!editor || begun.current === editor) return;
    begun.current = editor;
    if (typeof text === "string" && editor.getValue() !== text) editor.setValue(text);
  }, [editor, text]);
}
