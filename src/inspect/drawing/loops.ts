/** @file The picture of a loop program: statements as lines, loops and branches as boxes around what they run. */
import type { LoopItem, Loops } from "../loops-of.ts";
import { type Markup, element, fit, picture, text, textWidth, title } from "./svg.ts";

const lineHeight = 16;
const headHeight = 20;
const pad = 9;
const space = 5;
const margin = 16;
const size = 11;
/** Lines are cut off beyond: the mouse shows them whole. */
const longestLine = 720;
const shortLine = 480;

interface Size {
  readonly width: number;
  readonly height: number;
}

const sizeOfLine = (content: string): number => Math.min(longestLine, textWidth(content, size)) + 6;

function sizeOf(item: LoopItem): Size {
  if (item.inside === null) return { width: sizeOfLine(item.text), height: lineHeight };
  const inner = sizeOfList(item.inside);
  return {
    width: Math.max(inner.width, sizeOfLine(item.text)) + 2 * pad,
    height: headHeight + inner.height + pad,
  };
}

function sizeOfList(items: readonly LoopItem[]): Size {
  const sizes = items.map(sizeOf);
  return {
    width: Math.max(0, ...sizes.map((s) => s.width)),
    height: items.reduce((n, item, i) => n + sizes[i].height + spaceAfter(item, items[i + 1]), 0),
  };
}

/** Room beside boxes; lines stand together. */
const spaceAfter = (item: LoopItem, next: LoopItem | undefined): number =>
  next === undefined || (item.inside === null && next.inside === null) ? 0 : space;

/** Temporaries that are made one after another, as few lines. */
function joined(items: readonly LoopItem[]): LoopItem[] {
  const out: LoopItem[] = [];
  for (const { text: own, inside } of items) {
    const last = out[out.length - 1] as LoopItem | undefined;
    const both = last === undefined ? "" : `${last.text}, ${own.slice("alloc ".length)}`;
    const joins = own.startsWith("alloc ") && last?.text.startsWith("alloc ") === true;
    if (joins && textWidth(both, size) <= shortLine) out[out.length - 1] = { text: both, inside: null };
    else out.push({ text: own, inside: inside === null ? null : joined(inside) });
  }
  return out;
}

const kindOf = (head: string): string =>
  /^(for|while|if|else|fn)\b/.exec(head)?.[1] ??
  (/[[]/.test(head) && head.includes(":=") ? "for" : "program");

function line(x: number, y: number, content: string, kind: string): Markup {
  const shown = fit(content, size, longestLine);
  return element("g", {}, ...(shown === content ? [] : [title(content)]), text(x, y, shown, kind));
}

function markup(item: LoopItem, x: number, y: number, width: number, depth: number): Markup[] {
  if (item.inside === null) return [line(x + 3, y + 12, item.text, "adj-11")];
  const { height } = sizeOf(item);
  const kind = kindOf(item.text);
  const rect = element("rect", {
    class: `adj-loop adj-${kind} adj-depth${depth % 2}`,
    x,
    y,
    width,
    height,
    rx: 6,
  });
  return [
    rect,
    line(x + pad, y + 14, item.text, "adj-11 adj-bold"),
    ...listMarkup(item.inside, x + pad, y + headHeight, width - 2 * pad, depth + 1),
  ];
}

function listMarkup(
  items: readonly LoopItem[],
  x: number,
  y: number,
  width: number,
  depth: number,
): Markup[] {
  let at = y;
  return items.flatMap((item, i) => {
    const out = markup(item, x, at, width, depth);
    at += sizeOf(item).height + spaceAfter(item, items[i + 1]);
    return out;
  });
}

export function loopsPicture(loops: Loops): string {
  const items = joined(loops.items);
  const { width, height } = sizeOfList(items);
  return picture(
    `Loops of ${loops.name}`,
    `The loop program of ${loops.name}, its loops as nested boxes:\n${loops.text}`,
    width + 2 * margin,
    height + 2 * margin,
    styles,
    listMarkup(items, margin, margin, width, 0),
  );
}

const styles = [
  ".adj-pic .adj-11{font-size:11px}.adj-pic text{white-space:pre}",
  ".adj-pic .adj-loop{fill:var(--bg);stroke:var(--values);stroke-width:1.1}.adj-pic .adj-depth1{fill:var(--box)}",
  ".adj-pic .adj-program,.adj-pic .adj-fn{stroke:var(--edge)}",
  ".adj-pic .adj-if,.adj-pic .adj-else{stroke:var(--cotangents);stroke-dasharray:4 3}",
  ".adj-pic .adj-while{stroke:var(--residual)}",
].join("");
