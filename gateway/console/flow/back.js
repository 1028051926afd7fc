/** Going back: what would open again and what would be undone, to be confirmed. */
import { h, say } from "./dom.js";

const TOLD = new Set(["userTask", "serviceTask", "callActivity"]);

/** `names` are those of elements, by key. Resolves to whether to go back. */
export function askBack(preview, names) {
  const list = (word, keys) =>
    keys.length > 0 && h("p", {}, h("strong", {}, say(word)), " ", keys.map((key) => names.get(key) ?? key).join("，"));
  const undone = preview.rolledBack.filter((node) => TOLD.has(node.elementType)).map((node) => node.elementKey);
  const confirm = h("button", { type: "submit", class: "primary", value: "yes" }, say("Go back"));
  const cancel = h("button", { type: "submit", class: "quiet", value: "no" }, say("Cancel"));
  const dialog = h(
    "dialog",
    { "aria-labelledby": "back-title" },
    h("h2", { id: "back-title" }, say("Go back?")),
    list("Opens again:", preview.opens),
    list("Undone:", undone),
    list("Calls taken back:", preview.compensations),
    h("form", { method: "dialog", class: "actions" }, cancel, confirm),
  );
  document.body.append(dialog);
  dialog.showModal();
  confirm.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
