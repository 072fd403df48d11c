/**
 * @file Which files of the repository are pages of the site, where they stand in it, and how links between them are made.
 *
 * The documentation is shown as it is: its files link to each other, and to sources, by paths of the repository. Links to
 * pages become links of the site, links to anything else lead to the repository.
 */
import { existsSync } from "node:fs";
import { join, posix, relative, resolve } from "node:path";
import type { MarkdownOptions } from "vitepress";

export const root = resolve(import.meta.dirname, "../..");

/** Pages that do not stand in the site where their file stands in the repository. */
export const rewrites: Readonly<Record<string, string>> = {
  "README.md": "docs/start.md",
  "CONTRIBUTING.md": "docs/contributing.md",
  "bench/README.md": "docs/measuring.md",
  "examples/README.md": "docs/examples.md",
  "site/:page*": ":page*",
};

/** Files below the root that are no pages. */
export const notPages = [
  "{.git,.ci,build,coverage,dist,node_modules,scripts,src,test}/**",
  "bench/!(README.md)/**",
  "examples/!(README.md)/**",
  "site/{dist,.made,.vitepress,test}/**",
  "site/gallery/*/**",
  "site/README.md",
  "{CHANGELOG,FEATURES}.md",
];

const repository = "https://github.com/adjoint-js/adjoint/blob/main";

/** The path in the site of a file of the repository, or null if it is no page. */
function pageOf(file: string): string | null {
  if (!file.endsWith(".md")) return null;
  const moved = rewrites[file] ?? file.replace(/^site\//, "");
  const isPage = file in rewrites || /^(?:docs|site)\//.test(file);
  return isPage ? `/${moved.replace(/(?:^|(?<=\/))index\.md$/, "").replace(/\.md$/, ".html")}` : null;
}

/** Where a link in a file leads. */
export function target(link: string, file: string): string {
  if (/^(?:[a-z]+:|#|\/)/.test(link)) return link;
  const [path, anchor] = link.split("#");
  const to = posix.join(posix.dirname(file), decodeURI(path));
  const page = pageOf(to);
  if (page === null || !existsSync(join(root, to))) return `${repository}/${to}`;
  return anchor === undefined ? page : `${page}#${anchor}`;
}

type Config = NonNullable<MarkdownOptions["config"]>;
/** A heading that becomes a title is read without a path. */
type Environment = { readonly path?: string };

/** The buttons below a block: see components/runBlocks.ts. */
const runBar = (editable: boolean): string =>
  `<div class="run-host"><div class="run-bar"><button type="button" class="run-button" data-run>Run</button>` +
  (editable ? `<button type="button" class="run-button quiet" data-edit>Edit</button>` : "") +
  `<span class="run-status"></span></div></div>`;

/** Links as above; and each ```ts block can be run. */
export const markdown: Config = (md) => {
  md.core.ruler.push("links", (state) => {
    const { path } = state.env as Environment;
    if (path === undefined) return;
    const file = relative(root, path).replaceAll("\\", "/");
    for (const token of state.tokens)
      for (const child of token.children ?? []) {
        const href = child.type === "link_open" ? child.attrGet("href") : null;
        if (href !== null) child.attrSet("href", target(href, file));
      }
  });

  const fence = md.renderer.rules.fence!;
  md.renderer.rules.fence = (tokens, i, options, env, self) => {
    const html = fence(tokens, i, options, env, self);
    const [language, ...settings] = tokens[i].info.trim().split(/\s+/);
    if (language !== "ts") return html;
    // "alone": what runs does not depend on the blocks above it; "in=…": the namespace whose names it may use
    const names = settings.find((s) => s.startsWith("in="))?.slice(3);
    const attributes = [
      settings.includes("alone") ? " data-alone" : "",
      names === undefined ? "" : ` data-names="${names}"`,
    ];
    return `<div class="run-block"${attributes.join("")}>${html}${runBar(names === undefined)}</div>`;
  };
};
