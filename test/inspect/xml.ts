/** @file Readers of texts that pictures are: XML, which must be well-formed, and DOT, by its grammar. They throw at what is wrong. */

/** An element of an XML text. */
export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
  text: string;
}

const entity = /&(?:amp|lt|gt|quot|#\d+);/g;

function checkText(text: string, where: string): void {
  if (/[<&]/.test(text.replace(entity, "")))
    throw new Error(`unescaped text in ${where}: ${text.slice(0, 80)}`);
  // eslint-free: XML knows no other characters below the space
  for (const c of text)
    if (c < " " && !"\n\t\r".includes(c)) throw new Error(`a control character in ${where}`);
}

function attributesOf(text: string, where: string): Map<string, string> {
  const out = new Map<string, string>();
  const rest = text.replace(/\s+([\w:-]+)="([^"]*)"/g, (_, name: string, value: string) => {
    if (out.has(name)) throw new Error(`${name} twice in ${where}`);
    checkText(value, where);
    out.set(name, value);
    return "";
  });
  if (rest.trim() !== "") throw new Error(`attributes of ${where}: ${text}`);
  return out;
}

/** The root of a well-formed XML text without comments, declarations and sections. */
export function parseXml(text: string): Element {
  const root: Element = { name: "", attributes: new Map(), children: [], text: "" };
  const open = [root];
  let at = 0;
  for (const match of text.matchAll(/<(\/?)([\w:-]+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>/g)) {
    const top = open[open.length - 1];
    const between = text.slice(at, match.index);
    checkText(between, top.name);
    top.text += between;
    at = match.index + match[0].length;
    const [, closes, name, attributes, empty] = match;
    if (closes === "/") {
      if (top.name !== name) throw new Error(`</${name}> closes <${top.name}>`);
      open.pop();
      continue;
    }
    const element: Element = { name, attributes: attributesOf(attributes, name), children: [], text: "" };
    top.children.push(element);
    if (empty === "") open.push(element);
  }
  checkText(text.slice(at), "the end");
  if (open.length !== 1) throw new Error(`<${open[open.length - 1].name}> is not closed`);
  if (root.children.length !== 1 || root.text.trim() !== "" || text.slice(at).trim() !== "")
    throw new Error("not one element");
  return root.children[0];
}

/** An element and all in it. */
export const within = (e: Element): Element[] => [e, ...e.children.flatMap(within)];

/** What a text in DOT declares. */
export interface Dot {
  readonly nodes: ReadonlySet<string>;
  readonly edges: readonly (readonly [string, string])[];
  readonly clusters: readonly string[];
}

/** Reads `digraph ID { statement… }`: attributes, nodes, edges, and subgraphs, each statement closed by a semicolon. */
export function parseDot(text: string): Dot {
  const tokens = text.match(/"(?:[^"\\]|\\[\s\S])*"|->|[{}[\];,=]|[\w.]+|\S/g) ?? [];
  let at = 0;
  const nodes = new Set<string>();
  const edges: (readonly [string, string])[] = [];
  const clusters: string[] = [];
  const take = (what?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (what !== undefined && token !== what))
      throw new Error(`expected ${what ?? "more"}, got ${token} at token ${at}`);
    return token;
  };
  const id = (): string => {
    const token = take();
    if (!/^(?:"[\s\S]*"|[\w.]+)$/.test(token)) throw new Error(`no id: ${token}`);
    return token;
  };
  const attributes = (): void => {
    if (tokens[at] !== "[") return;
    take("[");
    while (tokens[at] !== "]") {
      id();
      take("=");
      id();
      if (tokens[at] === ",") take(",");
    }
    take("]");
  };
  const statements = (): void => {
    take("{");
    while (tokens[at] !== "}") {
      if (tokens[at] === "subgraph") {
        take();
        clusters.push(id());
        statements();
        continue;
      }
      const name = id();
      if (tokens[at] === "=") {
        take("=");
        id();
      } else if (tokens[at] === "->") {
        take("->");
        edges.push([name, id()]);
        attributes();
      } else {
        attributes();
        if (name !== "node" && name !== "edge") nodes.add(name);
      }
      take(";");
    }
    take("}");
  };
  take("digraph");
  id();
  statements();
  if (at !== tokens.length) throw new Error("text behind the graph");
  return { nodes, edges, clusters };
}
