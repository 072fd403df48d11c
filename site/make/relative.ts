/**
 * @file Makes a built site independent of the folder that it is served from.
 *
 * VitePress writes its base into pages, scripts and styles. It is built with a placeholder, for which stands afterwards: in
 * the markup of a page, the relative way to the root; in styles, the way from their own file; in scripts, the variable
 * `__siteBase`, which the page computes from its own address before anything else runs.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Node, parse } from "acorn";
import { full } from "acorn-walk";
import MagicString from "magic-string";

export const placeholder = "/__site-base__/";

const substitute = `.replaceAll(${JSON.stringify(placeholder)},globalThis.__siteBase)`;

/** A script in which strings that hold the placeholder are computed when it runs. */
export function relativeScript(code: string, type: "module" | "script" = "module"): string {
  if (!code.includes(placeholder)) return code;
  const text = new MagicString(code);
  full(parse(code, { ecmaVersion: "latest", sourceType: type }), (node: Node) => {
    const holds = code.slice(node.start, node.end).includes(placeholder);
    if (!holds || !(node.type === "Literal" || node.type === "TemplateLiteral")) return;
    text.appendLeft(node.start, "(");
    text.appendRight(node.end, `${substitute})`);
  });
  return text.toString();
}

/**
 * Links are made absolute once: the page's address changes while the reader goes on, and links that stay must not.
 * Without scripts they are relative and work, too.
 */
const script = (up: string): string =>
  `globalThis.__siteBase=new URL(${JSON.stringify(up)},location.href).pathname;` +
  `addEventListener("DOMContentLoaded",()=>{for(const a of document.querySelectorAll("a[href]"))` +
  `if(!a.getAttribute("href").startsWith("#"))a.href=a.href});`;

/** A page in the folder `up` leads out of. */
export function relativePage(html: string, up: string): string {
  const scripts = html.replace(
    /(<script(?![^>]*\bsrc=)(?![^>]*json)[^>]*>)([\s\S]*?)(<\/script>)/g,
    (_, open: string, code: string, close: string) => open + relativeScript(code, "script") + close,
  );
  return scripts
    .replace("<head>", `<head><script>${script(up)}</script>`)
    .replace(/(<script\b[^>]*>)([\s\S]*?)<\/script>|[^<]+|</g, (all: string, open: string | undefined) =>
      open === undefined
        ? all.replaceAll(placeholder, up)
        : open.replaceAll(placeholder, up) + all.slice(open.length),
    );
}

/** Rewrites the files of a built site. */
export function makeRelative(dist: string): void {
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    const file = join(dist, name);
    if (!/\.(?:html|js|css)$/.test(name)) continue;
    const text = readFileSync(file, "utf8");
    if (!name.endsWith(".html") && !text.includes(placeholder)) continue;
    const depth = name.replaceAll("\\", "/").split("/").length - 1;
    const up = depth === 0 ? "./" : "../".repeat(depth);
    const made = name.endsWith(".js")
      ? relativeScript(text)
      : name.endsWith(".css")
        ? text.replaceAll(placeholder, up)
        : relativePage(text, up);
    writeFileSync(file, made);
  }
}
