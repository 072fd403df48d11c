/** @file Graphs: nodes for all equations, edges for all values, lanes and boxes; layouts without overlaps; texts that parse. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Array as A, errors, grad, graphOf, lax, makeJaxpr, numpy as np } from "../../src/index.ts";
import { drawn } from "../../src/inspect/drawing/graph.ts";
import { textWidth } from "../../src/inspect/drawing/svg.ts";
import type { GraphData } from "../../src/inspect/graph/data.ts";
import { leavesOf } from "../../src/inspect/graph/tree.ts";
import type { Graph } from "../../src/inspect/index.ts";
import { functionOf, inputsOf, programs as randomPrograms } from "../fuzz/program.ts";
import { allDrawings, crossingsOf, misplaced, missing, runOver } from "./geometry.ts";
import { type Program, ones, programs } from "./programs.ts";
import { parseDot, parseXml, within } from "./xml.ts";

const graphFor = ({ f, args }: Program): Graph => graphOf(f as (...a: unknown[]) => unknown, ...args);
const cases = Object.entries(programs());

const equationsOf = (g: GraphData): number => g.nodes.filter((n) => n.kind === "equation").length;

function checkStructure(g: GraphData): void {
  const lane = new Map(g.nodes.map((n) => [n.id, n.lane] as const));
  expect(lane.size).toBe(g.nodes.length);
  const seen = new Set<string>();
  for (const n of g.nodes) {
    if (n.partner !== null) expect([n.lane, lane.get(n.partner)]).toEqual(["adjoint", "forward"]);
    // Each lane is in order of evaluation.
    for (const e of g.edges.filter((x) => x.to === n.id && !x.residual)) expect(seen.has(e.from)).toBe(true);
    seen.add(n.id);
    for (const { graph } of n.bodies) checkStructure(graph);
  }
  for (const e of g.edges) {
    expect([lane.get(e.from), lane.get(e.to)]).not.toEqual(["adjoint", "forward"]);
    expect(e.residual).toBe(lane.get(e.from) === "forward" && lane.get(e.to) === "adjoint");
  }
}

describe("graphs", () => {
  it.each(cases)("%s: lanes, partners and edges agree", (_, program) => {
    checkStructure(graphFor(program));
  });

  it("have a node for each equation and an edge for each operand that is a value", () => {
    const f = (x: A, y: A): A => np.sin(x).mul(y).add(x).add(2);
    const graph = graphOf(f, ones(3), ones(3));
    const { jaxpr } = makeJaxpr(f)(ones(3), ones(3));
    expect(graph.nodes.map((n) => n.label)).toEqual(["x0", "sin", "x1", "mul", "add", "add · 2", "result"]);
    expect(equationsOf(graph)).toBe(jaxpr.eqns.length);
    expect(graph.edges.map((e) => `${e.from} ${e.to} ${e.type}`)).toEqual([
      "i0 e0 f64[3]",
      "e0 e1 f64[3]",
      "i1 e1 f64[3]",
      "e1 e2 f64[3]",
      "i0 e2 f64[3]",
      "e2 e3 f64[3]",
      "e3 o0 f64[3]",
    ]);
  });

  it("of derivatives face what they are the adjoint of, and keep residuals", () => {
    const graph = graphOf(
      grad((x: A) => np.tanh(np.exp(x)).sum()),
      ones(3),
    );
    const byId = new Map(graph.nodes.map((n) => [n.id, n] as const));
    const facing = graph.nodes
      .filter((n) => n.partner !== null)
      .map((n) => `${n.label} of ${byId.get(n.partner!)!.label}`);
    expect(facing).toEqual(["mul of sech2", "mul of exp"]);
    expect(graph.residuals.map((e) => byId.get(e.from)!.label)).toEqual(["sech2", "exp"]);
    expect(graph.nodes.find((n) => n.label === "exp")!.line).toMatch(/graph\.test\.ts:\d+:\d+$/);
  });

  it("name arguments and results by their paths", () => {
    const graph = graphOf((p: { w: A; b: A[] }) => ({ y: p.w.add(p.b[0]) }), { w: ones(2), b: [ones(2)] });
    const names = graph.nodes.filter((n) => n.kind !== "equation").map((n) => n.label);
    expect(names.sort()).toEqual(["result.y", "x0.b[0]", "x0.w"]);
  });

  it("tell what one kernel computes", () => {
    const graph = graphOf((x: A) => np.matmul(np.exp(x).add(1), x), ones(4, 4));
    const kernels = graph.nodes.filter((n) => n.kind === "equation").map((n) => [n.label, n.kernel]);
    expect(kernels).toEqual([
      ["exp", 1],
      ["add · 1", 1],
      ["dot_general", null],
    ]);
  });

  it("hold the graphs of bodies", () => {
    const graph = graphFor(programs()["a loop in a branch"]);
    const cond = graph.nodes.find((n) => n.label === "cond")!;
    expect(cond.bodies.map((b) => b.label)).toEqual(["else", "then"]);
    const [loop] = cond.bodies[1].graph.nodes.filter((n) => n.bodies.length > 0);
    expect(loop.bodies.map((b) => b.label)).toEqual(["10 times"]);
    expect(loop.bodies[0].graph.nodes.map((n) => n.label)).toContain("sin");
  });

  it("refuse options that are none", () => {
    const graph = graphOf((x: A) => x, ones(1));
    expect(() => graph.svg({ depth: -1 })).toThrow(errors.ArgumentError);
    expect(() => graph.svg({ depth: 0.5 })).toThrow("depth must be a whole number or Infinity; got 0.5");
    expect(() => graph.dot({ kernels: "all" as "none" })).toThrow('kernels must be one of "boxes"');
    expect(() => graph.mermaid({ deep: 1 } as object)).toThrow(errors.ArgumentError);
  });
});

describe("layouts", () => {
  const options = [
    { depth: Infinity, kernels: "boxes" },
    { depth: Infinity, kernels: "none" },
    { depth: 1, kernels: "folded" },
    { depth: 0, kernels: "folded" },
  ] as const;

  it.each(cases)("%s: nothing overlaps, everything arrives, texts fit", (_, program) => {
    const graph = graphFor(program);
    for (const o of options) {
      for (const d of allDrawings(drawn(graph, o))) {
        expect(misplaced(d)).toEqual([]);
        expect(missing(d)).toEqual([]);
        expect(runOver(d)).toEqual([]);
        for (const leaf of leavesOf(d.root)) {
          const { x, width } = d.layout.boxes.get(leaf.id)!;
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x + width).toBeLessThanOrEqual(d.layout.width + 0.01);
          if (width < 200) expect(textWidth(leaf.node.label, 12)).toBeLessThanOrEqual(width - 8);
        }
      }
    }
  });

  it("set the nodes of the adjoint opposite those that they face", () => {
    const chain = (x: A): A => np.sin(np.exp(np.tanh(np.log(x)))).sum();
    const d = drawn(graphOf(grad(chain), ones(3)), { depth: 9, kernels: "none" });
    const y = (id: string): number => d.layout.boxes.get(id)!.y;
    const facing = d.data.nodes.filter((n) => n.partner !== null);
    expect(facing.length).toBeGreaterThanOrEqual(4);
    for (const n of facing) expect(y(n.id)).toBe(y(n.partner!));
    const [values, cotangents] = (["forward", "adjoint"] as const).map((lane) =>
      d.data.nodes
        .filter((n) => n.lane === lane && n.kind === "equation")
        .map((n) => d.layout.boxes.get(n.id)!),
    );
    expect(Math.max(...values.map((r) => r.x + r.width))).toBeLessThan(
      Math.min(...cotangents.map((r) => r.x)),
    );
  });

  it("stay small and clear for the gradient of a transformer block", () => {
    const graph = graphFor(programs()["gradient of block"]);
    const folded = drawn(graph, { depth: Infinity, kernels: "folded" }).layout;
    const whole = drawn(graph, { depth: Infinity, kernels: "boxes" }).layout;
    expect(folded.width).toBeLessThan(950);
    expect(folded.width * folded.height).toBeLessThan(1.5e6);
    expect(whole.width).toBeLessThan(1150);
    expect(whole.width * whole.height).toBeLessThan(6.5e6);
    expect(crossingsOf(folded)).toBeLessThan(100);
    expect(crossingsOf(whole)).toBeLessThan(150);
  });

  it("do not cross where nothing need cross", () => {
    const graph = graphFor(programs().mlp);
    expect(crossingsOf(drawn(graph, { depth: 9, kernels: "none" }).layout)).toBe(0);
  });
});

describe("pictures of graphs", () => {
  it.each(cases)("%s: SVG is well-formed, and tells what it shows", (_, program) => {
    const graph = graphFor(program);
    const svg = graph.svg();
    const root = parseXml(svg);
    expect(root.name).toBe("svg");
    expect(root.attributes.get("role")).toBe("img");
    expect(root.children.slice(0, 2).map((c) => c.name)).toEqual(["title", "desc"]);
    expect(root.children[1].text).toContain(graph.name);
    expect(svg).toContain("prefers-color-scheme:dark");
    const whole = parseXml(graph.svg({ depth: Infinity, kernels: "boxes" }));
    const shown = within(whole).filter((e) => e.attributes.has("data-node"));
    const count = (g: GraphData): number =>
      g.nodes.reduce((n, x) => n + 1 + x.bodies.reduce((m, b) => m + count(b.graph), 0), 0);
    expect(shown.length).toBe(count(graph));
  });

  it.each(cases)("%s: DOT parses, and every edge is between nodes", (_, program) => {
    const graph = graphFor(program);
    const whole = parseDot(graph.dot({ depth: Infinity, kernels: "boxes" }));
    const count = (g: GraphData, of: (x: GraphData) => number): number =>
      of(g) + g.nodes.reduce((n, x) => n + x.bodies.reduce((m, b) => m + count(b.graph, of), 0), 0);
    expect(whole.nodes.size).toBe(count(graph, (g) => g.nodes.length));
    expect(whole.edges.length).toBe(count(graph, (g) => g.edges.length));
    for (const dot of [whole, parseDot(graph.dot({ depth: 0, kernels: "folded" }))])
      for (const id of dot.edges.flat()) expect(dot.nodes.has(id)).toBe(true);
  });

  it.each(cases)("%s: Mermaid names each node once, and closes its boxes", (_, program) => {
    const lines = graphFor(program)
      .mermaid()
      .trimEnd()
      .split("\n")
      .map((l) => l.trim());
    expect(lines[0]).toBe("flowchart TB");
    const node = /^(\w+)(?:\["[^"]*"\]|\[\["[^"]*"\]\]|\(\["[^"]*"\]\)):::(?:forward|adjoint)$/;
    const edge = /^(\w+) (?:-->|-\.->)\|"[^"]*"\| (\w+)$/;
    const box = /^subgraph (\w+) \["[^"]*"\]$/;
    const names = lines.flatMap((l) => node.exec(l)?.slice(1, 2) ?? box.exec(l)?.slice(1, 2) ?? []);
    expect(new Set(names).size).toBe(names.length);
    const depth = lines.reduce((n, l) => n + (box.test(l) ? 1 : l === "end" ? -1 : 0), 0);
    expect(depth).toBe(0);
    const others = lines
      .slice(1)
      .filter(
        (l) => !(node.test(l) || edge.test(l) || box.test(l) || l === "end" || l.startsWith("classDef")),
      );
    expect(others).toEqual([]);
    for (const l of lines) for (const id of edge.exec(l)?.slice(1) ?? []) expect(names).toContain(id);
  });

  it("escape what names hold", () => {
    const odd = { '<a & "b">': ones(2) };
    const graph = graphOf((p: Record<string, A>) => Object.values(p)[0].mul(2), odd);
    const texts = within(parseXml(graph.svg())).map((e) => e.text);
    expect(texts.some((t) => t.includes("&lt;a &amp; \\&quot;b\\&quot;&gt;"))).toBe(true);
    expect(() => parseDot(graph.dot())).not.toThrow();
    expect(graph.mermaid()).not.toMatch(/<a/);
  });

  it("fold repeated layers by depth", () => {
    const layers = (x: A): A => Array.from({ length: 6 }).reduce<A>((y) => lax.mul(np.sin(y), np.cos(y)), x);
    const graph = graphOf(layers, ones(3));
    expect(leavesOf(drawn(graph, { depth: 0, kernels: "folded" }).root).length).toBeLessThan(
      leavesOf(drawn(graph, { depth: 0, kernels: "none" }).root).length,
    );
  });
});

describe("random programs", () => {
  it("are drawn without overlaps, and their gradients", () => {
    fc.assert(
      fc.property(randomPrograms(true, 10), (p) => {
        const f = functionOf(p);
        const inputs = inputsOf(p);
        const total = (...xs: A[]): A => f(...xs).sum();
        for (const g of [f, grad(total)] as ((...xs: A[]) => unknown)[]) {
          const graph = graphOf(g as (...xs: unknown[]) => unknown, ...inputs);
          checkStructure(graph);
          parseXml(graph.svg());
          parseDot(graph.dot());
          for (const d of allDrawings(drawn(graph, { depth: 9, kernels: "boxes" }))) {
            expect(misplaced(d)).toEqual([]);
            expect(missing(d)).toEqual([]);
          }
        }
      }),
      { seed: 20261130, numRuns: 60 },
    );
  });
});
