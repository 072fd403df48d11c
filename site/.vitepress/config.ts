/**
 * @file The site: documentation, API reference, playground, gallery, benchmarks. `npm run site` builds it (site/make).
 *
 * It is built for a placeholder as its base, which site/make replaces by whatever folder the pages are served from.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type DefaultTheme, defineConfig } from "vitepress";
import { adjoint } from "../make/library.ts";
import { placeholder } from "../make/relative.ts";
import { apiSidebar } from "../make/sidebar.ts";
import { markdown, notPages, rewrites, root } from "./pages.ts";

const page = (text: string, link: string): DefaultTheme.SidebarItem => ({ text, link });

const guide: DefaultTheme.SidebarItem[] = [
  {
    text: "Guide",
    items: [
      page("Start", "/docs/start"),
      page("Coming from other libraries", "/docs/coming-from"),
      page("Plain TypeScript", "/docs/plain-typescript"),
      page("Control flow", "/docs/control-flow"),
      page("jit", "/docs/jit"),
      page("Debugging", "/docs/debugging"),
      page("Stepping through compiled code", "/docs/stepping"),
      page("Profiles", "/docs/profile"),
      page("The derivative as source", "/docs/source"),
      page("Ahead of time", "/docs/ahead-of-time"),
      page("Files of arrays", "/docs/files"),
      page("Programs from JAX", "/docs/stablehlo-import"),
      page("Programs to StableHLO", "/docs/stablehlo"),
      page("Running on XLA", "/docs/xla"),
      page("Workers", "/docs/workers"),
      page("Where it runs", "/docs/hosts"),
      page("Memory of reverse mode", "/docs/memory"),
      page("Pictures and costs of programs", "/docs/pictures"),
      page("Sharp bits", "/docs/sharp-bits"),
      page("Errors", "/docs/errors"),
    ],
  },
  {
    text: "Topics",
    items: [
      page("Linear algebra", "/docs/linear-algebra"),
      page("Complex numbers", "/docs/complex"),
      page("Solvers with derivatives", "/docs/implicit"),
      page("Optimisation", "/docs/optim"),
      page("Jacobians by elimination", "/docs/elimination"),
      page("Functions as values", "/docs/functional"),
      page("Inference", "/docs/inference"),
      page("Taylor mode, sparse derivatives", "/docs/taylor-and-sparse"),
      page("Sparse arrays", "/docs/sparse"),
      page("Enclosures", "/docs/enclosures"),
      page("Your own transformations", "/docs/write-your-own-transformation"),
      page("Your own primitives and kernels", "/docs/your-own-primitives"),
      page("Examples", "/docs/examples"),
    ],
  },
  {
    text: "Inside",
    items: [
      page("How it works", "/docs/how-it-works"),
      page("Adding a primitive", "/docs/adding-a-primitive"),
      page("The loop IR", "/docs/loop-ir"),
      page("Contributing", "/docs/contributing"),
    ],
  },
  {
    text: "Figures",
    items: [
      page("Benchmarks", "/docs/benchmarks"),
      page("Benchmarks on your machine", "/measure"),
      page("GradBench", "/docs/gradbench"),
      page("How times are measured", "/docs/measuring"),
      page("Sizes", "/docs/sizes"),
    ],
  },
];

const linked = guide.flatMap((group) => group.items ?? []).map((item) => item.link);
const missing = readdirSync(join(root, "docs"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `/docs/${name.replace(/\.md$/, "")}`)
  .filter((link) => !linked.includes(link));
if (missing.length > 0) throw new Error(`The sidebar has no links to ${missing.join(", ")}.`);

export default defineConfig({
  title: "adjoint",
  description: "Composable function transformations for TypeScript: grad, vmap, jit on NumPy-like arrays.",
  lang: "en",
  base: placeholder,
  srcDir: "..",
  srcExclude: notPages,
  outDir: "dist",
  rewrites,
  head: [["link", { rel: "icon", type: "image/svg+xml", href: `${placeholder}icon.svg` }]],
  transformPageData: ({ params }) => (params === undefined ? {} : { title: String(params.title) }),
  markdown: {
    config: markdown,
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
  },
  vite: {
    publicDir: join(root, "site/.made/public"),
    plugins: [adjoint()],
    worker: { format: "es", plugins: () => [adjoint()] },
    build: { target: "es2022", chunkSizeWarningLimit: 12_000 },
  },
  themeConfig: {
    nav: [
      { text: "Guide", link: "/docs/start", activeMatch: "/docs/" },
      { text: "API", link: "/api/", activeMatch: "/api/" },
      { text: "Playground", link: "/playground" },
      { text: "Gallery", link: "/gallery/", activeMatch: "/gallery/" },
      { text: "Benchmarks", link: "/measure" },
    ],
    sidebar: { "/docs/": guide, "/measure": guide, "/api/": apiSidebar() },
    outline: { level: [2, 3] },
    search: { provider: "local" },
    socialLinks: [{ icon: "github", link: "https://github.com/adjoint-js/adjoint" }],
  },
});
