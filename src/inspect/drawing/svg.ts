/**
 * @file SVG as text: elements with attributes, and the frame of a picture: its size, its colours, its name for those who do not
 * see it. A picture is as wide as it is, or as there is room.
 *
 * Colours are variables that follow `prefers-color-scheme`. Classes begin with "adj-": a picture may stand in a page.
 */

/** A piece of SVG: well-formed XML. */
export type Markup = string;

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for XML: escaped, and without characters that XML does not know. */
export const escapeXml = (content: string): string =>
  Array.from(content)
    .filter((c) => c >= " " || c === "\t" || c === "\n" || c === "\r")
    .map((c) => (/^[\ud800-\udfff\ufffe\uffff]$/.test(c) ? "\ufffd" : (escapes[c] ?? c)))
    .join("");

/** A number with at most one decimal. */
export const short = (x: number): string => String(Math.round(x * 10) / 10 + 0);

type Attributes = Readonly<Record<string, string | number | null>>;

/** An element. Attributes that are null are left out; what is in it is markup. */
export function element(name: string, attributes: Attributes, ...inside: readonly Markup[]): Markup {
  const own = Object.entries(attributes)
    .filter(([, v]) => v !== null)
    .map(([k, v]) => ` ${k}="${typeof v === "number" ? short(v) : escapeXml(String(v))}"`)
    .join("");
  return inside.length === 0 ? `<${name}${own}/>` : `<${name}${own}>${inside.join("")}</${name}>`;
}

/** What is shown when the mouse rests on an element, and read out. */
export const title = (content: string): Markup => element("title", {}, escapeXml(content));

/** The width of a character of the font, as a part of its size: monospaced fonts have 0.6 or a little more. */
const characterWidth = 0.62;

/** The width that a text takes at most. */
export const textWidth = (content: string, size: number): number =>
  Array.from(content).length * characterWidth * size;

/** A text that fits into a width: its end is cut off if it must be. */
export function fit(content: string, size: number, width: number): string {
  const most = Math.floor(width / (characterWidth * size));
  const characters = Array.from(content);
  return characters.length <= most ? content : `${characters.slice(0, Math.max(0, most - 1)).join("")}…`;
}

/** A line of text. `anchor` says which part of it stands at x. */
export const text = (
  x: number,
  y: number,
  content: string,
  kind: string,
  anchor: "start" | "middle" | "end" = "start",
): Markup =>
  element(
    "text",
    { x, y, class: kind, "text-anchor": anchor === "start" ? null : anchor },
    escapeXml(content),
  );

const light =
  "--bg:#fff;--ink:#1b2330;--soft:#566072;--node:#f3f6fb;--line:#8b97ab;--values:#2f6fb5;--cotangents:#7d3fb0;" +
  "--residual:#b45309;--box:#f8f9fc;--edge:#cfd6e2;--kernel:#e7f3ec;--kernel-edge:#5a9a77;--adjoint:#f6f0fb;--peak:#c02b3c";
const dark =
  "--bg:#14181f;--ink:#e6eaf2;--soft:#a3adbd;--node:#222a36;--line:#77849a;--values:#7db4ef;--cotangents:#c79bf0;" +
  "--residual:#f0a35c;--box:#1a202a;--edge:#3a4557;--kernel:#1b3228;--kernel-edge:#5fa583;--adjoint:#2c2438;--peak:#ff7b88";

const rules = [
  ".adj-pic text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:var(--ink)}",
  ".adj-pic .adj-bg{fill:var(--bg)}",
  ".adj-pic .adj-soft{fill:var(--soft)}",
  ".adj-pic .adj-12{font-size:12px}.adj-pic .adj-10{font-size:10px}.adj-pic .adj-bold{font-weight:600}",
].join("");

/** The frame of a picture. */
export function picture(
  name: string,
  description: string,
  width: number,
  height: number,
  styles: string,
  content: readonly Markup[],
): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const style =
    `.adj-pic{${light};max-width:100%;height:auto}` +
    `@media (prefers-color-scheme:dark){.adj-pic{${dark}}}${rules}${styles}`;
  return (
    element(
      "svg",
      {
        xmlns: "http://www.w3.org/2000/svg",
        class: "adj-pic",
        role: "img",
        "aria-label": name,
        width: w,
        height: h,
        viewBox: `0 0 ${w} ${h}`,
      },
      "\n",
      title(name),
      "\n",
      element("desc", {}, escapeXml(description)),
      "\n",
      `<style>${style}</style>`,
      "\n",
      element("rect", { class: "adj-bg", width: w, height: h, rx: 8 }),
      "\n",
      content.join("\n"),
      "\n",
    ) + "\n"
  );
}
