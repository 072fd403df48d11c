/** @file Graphs as texts: for Graphviz (DOT), and for Mermaid, which many viewers of Markdown draw. */
import type { GraphData, GraphNode } from "./data.ts";
import { type Item, type Leaf, type TreeOptions, shownBy, treeOf } from "./tree.ts";

/** How a language writes boxes, nodes and edges. */
interface Language {
  readonly open: (id: string, title: string, indent: string) => string;
  readonly close: (indent: string) => string;
  readonly node: (id: string, leaf: Leaf, indent: string) => string;
  readonly edge: (from: string, to: string, type: string, residual: boolean, indent: string) => string;
}

class Writer {
  readonly lines: string[] = [];
  readonly #language: Language;
  readonly #options: TreeOptions;

  constructor(language: Language, options: TreeOptions) {
    this.#language = language;
    this.#options = options;
  }

  graph(data: GraphData, prefix: string, indent: string, depth: number): void {
    const options = { ...this.#options, depth };
    const root = treeOf(data, options);
    const shown = shownBy(root);
    this.#items(root.items, prefix, indent, depth);
    const seen = new Set<string>();
    for (const e of data.edges) {
      const [from, to] = [shown.get(e.from)!.id, shown.get(e.to)!.id];
      const key = `${from} ${to} ${e.from}.${e.result}`;
      if (from === to || seen.has(key)) continue;
      seen.add(key);
      this.lines.push(this.#language.edge(prefix + from, prefix + to, e.type, e.residual, indent));
    }
  }

  #items(items: readonly Item[], prefix: string, indent: string, depth: number): void {
    for (const item of items) {
      const id = prefix + item.id;
      if (item.kind === "group") {
        this.lines.push(this.#language.open(id, item.title, indent));
        this.#items(item.items, prefix, `${indent}  `, depth);
        this.lines.push(this.#language.close(indent));
        continue;
      }
      const { bodies } = item.node;
      this.lines.push(this.#language.node(id, item, indent));
      if (depth > 0)
        bodies.forEach(({ label, graph }, i) => {
          const inner = `${id}b${i}`;
          this.lines.push(this.#language.open(`${inner}box`, `${item.node.label}: ${label}`, indent));
          this.graph(graph, inner, `${indent}  `, depth - 1);
          this.lines.push(this.#language.close(indent));
        });
    }
  }
}

const typesOf = (n: GraphNode): string => n.types.join(" ");

const quoted = (text: string): string =>
  `"${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`;

const dot: Language = {
  open: (id, title, indent) =>
    `${indent}subgraph ${quoted(`cluster_${id}`)} {\n${indent}  label=${quoted(title)};`,
  close: (indent) => `${indent}}`,
  node: (id, { node, side, folded }, indent) => {
    const shape = folded.length > 0 ? "box3d" : node.kind === "equation" ? "box" : "ellipse";
    const colour = side === "adjoint" ? "#7d3fb0" : "#2f6fb5";
    const tooltip = node.line === null ? "" : `, tooltip=${quoted(node.line)}`;
    return `${indent}${quoted(id)} [label=${quoted(`${node.label}\n${typesOf(node)}`)}, shape=${shape}, color=${quoted(colour)}${tooltip}];`;
  },
  edge: (from, to, type, residual, indent) => {
    const look = residual ? `, color=${quoted("#b45309")}, constraint=false` : "";
    return `${indent}${quoted(from)} -> ${quoted(to)} [label=${quoted(type)}${look}];`;
  },
};

/** The graph in the language of Graphviz. */
export function dotOf(name: string, data: GraphData, options: TreeOptions): string {
  const writer = new Writer(dot, options);
  writer.graph(data, "", "  ", options.depth);
  return [
    `digraph ${quoted(name)} {`,
    '  node [fontname="monospace", fontsize=11];',
    '  edge [fontname="monospace", fontsize=9];',
    ...writer.lines,
    "}",
    "",
  ].join("\n");
}

/** Texts in Mermaid are between quotes, and have entities for what would end them. */
const entities = (text: string): string =>
  `"${text.replace(/[#&"<>]/g, (c) => `#${c.codePointAt(0)!};`).replace(/\n/g, "<br/>")}"`;

const mermaid: Language = {
  open: (id, title, indent) => `${indent}subgraph ${id} [${entities(title)}]`,
  close: (indent) => `${indent}end`,
  node: (id, { node, side, folded }, indent) => {
    const text = entities(`${node.label}\n${typesOf(node)}`);
    const shape = folded.length > 0 ? `[[${text}]]` : node.kind === "equation" ? `[${text}]` : `([${text}])`;
    return `${indent}${id}${shape}:::${side}`;
  },
  edge: (from, to, type, residual, indent) =>
    `${indent}${from} ${residual ? "-.->" : "-->"}|${entities(type)}| ${to}`,
};

/** The graph in the language of Mermaid. */
export function mermaidOf(data: GraphData, options: TreeOptions): string {
  const writer = new Writer(mermaid, options);
  writer.graph(data, "", "  ", options.depth);
  return [
    "flowchart TB",
    "  classDef forward stroke:#2f6fb5",
    "  classDef adjoint stroke:#7d3fb0",
    ...writer.lines,
    "",
  ].join("\n");
}
