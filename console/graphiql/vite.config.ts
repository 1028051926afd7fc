/** Build the page's script, style and workers into the gateway's own files; the gateway writes the HTML. */
import { defineConfig } from "vite";

export default defineConfig({
  base: "./", // chunks and workers are found beside the script that asks for them, wherever it is served
  build: {
    outDir: "../../gateway/console/graphiql",
    emptyOutDir: true,
    manifest: "manifest.json",
    license: { fileName: "LICENSES.md" },
    assetsInlineLimit: 0, // data: URLs would need a wider content security policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4_000, // the editor's core is one chunk of that size
    rolldownOptions: {
      input: "src/main.tsx",
      onLog(level, log, report) {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log); // "use client" means nothing in a browser
      },
    },
  },
  worker: { format: "es" },
});
