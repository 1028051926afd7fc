/** Photos and signatures: pictures made small enough to be variables, as data URLs. */
import { h, newId, say } from "./dom.js";

const LONG_SIDE = 480; // pixels: a photo of some 40 kB; all variables of a flow may have 256 kB
const QUALITY = 0.6;

/** One picture; for a list of them, several. */
export function makePhoto(field, value, changed) {
  const many = field.type === "array";
  let pictures = [value].flat().filter((one) => typeof one === "string");
  const shown = h("div", { class: "pictures" });
  const file = h("input", {
    type: "file",
    id: newId("input"),
    accept: field.accept ?? "image/*",
    multiple: many,
    onchange: () => void take(),
  });
  const show = () =>
    shown.replaceChildren(...pictures.map((one) => h("img", { src: one, alt: field.title ?? field.name })));
  async function take() {
    pictures = await Promise.all(
      Array.from(file.files)
        .slice(0, many ? (field.maxItems ?? 4) : 1)
        .map(shrink),
    );
    show();
    changed?.();
  }
  show();
  const read = () => (pictures.length ? (many ? pictures : pictures[0]) : undefined);
  return { node: h("div", {}, file, shown), label: file, read };
}

async function shrink(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONG_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = h("canvas", { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", QUALITY);
}

/** Drawn with a pointer, or the name typed: both are a signature. */
export function makeSignature(field, value, changed) {
  const drawnBefore = typeof value === "string" && value.startsWith("data:");
  let drawn = drawnBefore ? value : undefined;
  const canvas = h("canvas", { width: 440, height: 130, class: "sign", "aria-hidden": "true" });
  const pen = canvas.getContext("2d");
  Object.assign(pen, { lineWidth: 2.5, lineCap: "round", lineJoin: "round", strokeStyle: "#1d4ed8" });
  const typed = h("input", { type: "text", id: newId("input"), autocomplete: "name", oninput: changed });
  typed.value = drawnBefore ? "" : (value ?? "");
  if (drawnBefore) paint(pen, value);

  const at = (event) => [
    (event.offsetX * canvas.width) / canvas.clientWidth,
    (event.offsetY * canvas.height) / canvas.clientHeight,
  ];
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons === 0) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  canvas.addEventListener("pointerup", () => {
    drawn = canvas.toDataURL("image/png");
    changed?.();
  });
  const clear = () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    drawn = undefined;
    changed?.();
  };
  const node = h(
    "div",
    { class: "signature" },
    h("p", { class: "hint" }, say("Sign here, or type your name:")),
    canvas,
    h("div", { class: "row" }, typed, h("button", { type: "button", class: "quiet", onclick: clear }, say("Clear"))),
  );
  return { node, label: typed, read: () => drawn ?? (typed.value.trim() || undefined) };
}

function paint(pen, url) {
  const picture = new Image();
  picture.addEventListener("load", () => pen.drawImage(picture, 0, 0));
  picture.src = url;
}
