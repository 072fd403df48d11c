/** @file The graph of a program. */
import { type Atom, type ClosedJaxpr, type Eqn, Literal, Var } from "../../core/jaxpr/ir.ts";
import { bodiesOf } from "../program/bodies.ts";
import { lineOf, scopesOf } from "../program/traced.ts";
import type { GraphData, GraphEdge, GraphNode, Lane } from "./data.ts";
import { kernelsOf } from "./kernels.ts";
import { adjointOf, partnersOf } from "./lanes.ts";

/** How long constants in labels may be. */
const longest = 8;

function scalarText(a: Literal): string {
  const { raw } = a.value as { readonly raw: unknown };
  const text =
    typeof raw !== "number"
      ? String(raw)
      : Number.isFinite(raw)
        ? String(Number(raw.toPrecision(4)))
        : String(raw).replace("Infinity", "∞");
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/** `mul · 2`: the primitive, with its operands if some of them are constants. */
function labelOf(e: Eqn): string {
  const { name } = e.primitive;
  if (e.inputs.length > 3 || !e.inputs.some((a) => a instanceof Literal)) return name;
  return [name, ...e.inputs.map((a) => (a instanceof Literal ? scalarText(a) : "·"))].join(" ");
}

interface Source {
  readonly node: string;
  readonly result: number;
}

class Builder {
  readonly #edges: GraphEdge[] = [];
  readonly #from = new Map<Var, Source>();
  readonly #lanes = new Map<string, Lane>();

  define(v: Var, node: string, result: number): void {
    this.#from.set(v, { node, result });
  }

  setLane(node: string, lane: Lane): void {
    this.#lanes.set(node, lane);
  }

  laneOf(a: Atom): Lane {
    return a instanceof Var ? this.#lanes.get(this.#from.get(a)!.node)! : "forward";
  }

  /** The edges into a node: one for each value that it reads, however often. */
  connect(inputs: readonly Atom[], to: string, lane: Lane): void {
    for (const a of new Set(inputs)) {
      if (!(a instanceof Var)) continue;
      const { node, result } = this.#from.get(a)!;
      const residual = lane === "adjoint" && this.#lanes.get(node) === "forward";
      this.#edges.push({ from: node, result, to, type: a.aval.short(), residual });
    }
  }

  get edges(): readonly GraphEdge[] {
    return this.#edges;
  }
}

/** The scopes that some lists begin with. */
function commonScopes(lists: readonly (readonly string[])[]): readonly string[] {
  if (lists.length === 0) return [];
  const [first] = lists;
  let n = 0;
  while (n < first.length && lists.every((l) => l[n] === first[n])) n++;
  return first.slice(0, n);
}

/**
 * The graph of a simplified program. Inputs stand before the first equation that reads them, results behind the equation that
 * computes them, so that boxes hold the parameters of what they do, and their derivatives.
 */
export function graphData(
  closed: ClosedJaxpr,
  names: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
  constants = 0,
  prefix = "",
): GraphData {
  const { jaxpr } = closed;
  const adjoint = adjointOf(jaxpr);
  const partners = partnersOf(jaxpr, adjoint);
  const kernels = kernelsOf(closed);
  const builder = new Builder();
  const ids = new Map<Eqn, string>();
  jaxpr.eqns.forEach((e, i) => {
    ids.set(e, `${prefix}e${i}`);
  });
  const readers = new Map<Var, Eqn[]>();
  for (const e of jaxpr.eqns)
    for (const a of new Set(e.inputs)) if (a instanceof Var) readers.set(a, [...(readers.get(a) ?? []), e]);

  const inputs = jaxpr.invars.map((v, i): GraphNode => {
    const id = `${prefix}i${i}`;
    builder.define(v, id, 0);
    builder.setLane(id, "forward");
    const all = readers.get(v) ?? [];
    const values = all.filter((e) => !adjoint.has(e));
    const own = (values.length > 0 ? values : all).map((e) => scopesOf(e.source));
    return {
      ...plain(id, names.inputs[i] ?? `x${i}`, [v.aval.short()], "forward"),
      kind: i < constants ? "constant" : "input",
      scopes: commonScopes(own),
    };
  });
  const made = new Map<Var, { readonly at: number; readonly scopes: readonly string[] }>();
  /** Sums of cotangents, which are of no call of the user's, stand with what was computed last of what they add. */
  const scopesOfEquation = (e: Eqn): readonly string[] => {
    const own = scopesOf(e.source);
    const added = adjoint.has(e) && e.source?.backward !== true;
    const found = e.inputs.flatMap((a) => (a instanceof Var && made.has(a) ? [made.get(a)!] : []));
    const latest = found.sort((a, b) => a.at - b.at).pop();
    const scopes = added ? (latest?.scopes ?? own) : own;
    if (adjoint.has(e)) for (const v of e.outputs) made.set(v, { at: made.size, scopes });
    return scopes;
  };
  const equations = jaxpr.eqns.map((e): GraphNode => {
    const id = ids.get(e)!;
    const lane = adjoint.has(e) ? "adjoint" : "forward";
    builder.setLane(id, lane);
    e.outputs.forEach((v, j) => {
      builder.define(v, id, j);
    });
    builder.connect(e.inputs, id, lane);
    const partner = partners.get(e);
    const bodies = (bodiesOf(e)?.bodies ?? []).map(({ label, jaxpr: body }, k) => ({
      label,
      graph: graphData(body, { inputs: [], outputs: [] }, 0, `${id}b${k}`),
    }));
    return {
      ...plain(
        id,
        labelOf(e),
        e.outputs.map((v) => v.aval.short()),
        lane,
      ),
      kind: "equation",
      partner: partner === undefined ? null : ids.get(partner)!,
      scopes: scopesOfEquation(e),
      kernel: kernels.get(e) ?? null,
      line: lineOf(e.source),
      bodies,
    };
  });
  const outputs = jaxpr.outs.map((a, i): GraphNode => {
    const id = `${prefix}o${i}`;
    const lane = builder.laneOf(a);
    const name = names.outputs[i] ?? (jaxpr.outs.length === 1 ? "result" : `result ${i}`);
    builder.connect([a], id, lane);
    const label = a instanceof Literal ? `${name} = ${scalarText(a)}` : name;
    return { ...plain(id, label, [a.aval.short()], lane), kind: "output" };
  });
  return { nodes: ordered(jaxpr.eqns, equations, inputs, outputs, builder.edges), edges: builder.edges };
}

const plain = (id: string, label: string, types: readonly string[], lane: Lane): Omit<GraphNode, "kind"> => ({
  id,
  label,
  types,
  lane,
  partner: null,
  scopes: [],
  kernel: null,
  line: null,
  bodies: [],
});

/** Nodes in order of evaluation: inputs before their first reader of the same lane, results behind what computes them. */
function ordered(
  eqns: readonly Eqn[],
  equations: readonly GraphNode[],
  inputs: readonly GraphNode[],
  outputs: readonly GraphNode[],
  edges: readonly GraphEdge[],
): readonly GraphNode[] {
  const at = new Map(equations.map((n, i) => [n.id, i] as const));
  const before = eqns.map((): GraphNode[] => []);
  const after = eqns.map((): GraphNode[] => []);
  const [first, last]: [GraphNode[], GraphNode[]] = [[], []];
  const placeOf = (n: GraphNode): number | undefined => {
    const readers = edges.filter((e) => e.from === n.id && at.has(e.to)).map((e) => at.get(e.to)!);
    const values = readers.filter((i) => equations[i].lane === "forward");
    if (values.length > 0) return Math.min(...values);
    // Read by cotangents alone: beside what those face, or behind the last values of their scope.
    const facing = readers.map((i) => at.get(equations[i].partner ?? "")).filter((i) => i !== undefined);
    if (facing.length > 0) return Math.min(...facing);
    const inScope = (e: GraphNode): boolean =>
      e.lane === "forward" && n.scopes.every((x, k) => e.scopes[k] === x);
    const last = equations.map(inScope).lastIndexOf(true);
    return last === -1 ? undefined : last;
  };
  for (const n of inputs) {
    const i = placeOf(n);
    (i === undefined ? first : before[i]).push(n);
  }
  for (const n of outputs) {
    const from = edges.find((e) => e.to === n.id)?.from;
    const i = from === undefined ? undefined : at.get(from);
    if (i === undefined) last.push(n);
    else if (n.lane === "forward") last.push(n);
    else after[i].push({ ...n, scopes: equations[i].scopes });
  }
  return [...first, ...equations.flatMap((n, i) => [...before[i], n, ...after[i]]), ...last];
}
