/** @file The gallery alone, on the sources of the library: `npx vite site/gallery/dev`, then `?name=fluid`. */
import { fileURLToPath } from "node:url";
import { type Plugin, defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Sources are bundled whole: package.json says of `dist` only which modules do something when they are loaded. */
const whole: Plugin = {
  name: "whole-library",
  transform: (code, id) =>
    id.endsWith("/src/index.ts")
      ? code.replace("/* @__PURE__ */ installEverything", "installEverything")
      : null,
};

export default defineConfig({
  root: here("."),
  base: "./",
  plugins: [whole],
  resolve: {
    alias: [
      { find: /^adjoint$/, replacement: here("../../../src/index.ts") },
      { find: /^adjoint\/methods$/, replacement: here("../../../src/methods.ts") },
    ],
  },
  build: {
    outDir: here("../../../build/gallery"),
    emptyOutDir: true,
    target: "es2022",
    rolldownOptions: { treeshake: false },
    chunkSizeWarningLimit: 2000,
  },
});
