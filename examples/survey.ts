/**
 * @file The worked example of a survey of automatic differentiation (Baydin, Pearlmutter, Radul, Siskind: "Automatic
 * differentiation in machine learning: a survey", JMLR 2018): f(x₁, x₂) = ln x₁ + x₁x₂ − sin x₂ at (2, 5).
 *
 * The program is traced to a jaxpr. Its equations, run one by one, give the survey's tables: values and tangents from
 * top to bottom (forward mode), adjoints from bottom to top (reverse mode).
 */
import { type Array as NDArray, type Eqn, grad, jvp, makeJaxpr, numpy as np, vjp } from "../src/index.ts";
import { table } from "./lib/table.ts";

const f = (x1: NDArray, x2: NDArray): NDArray => np.log(x1).add(x1.mul(x2)).sub(np.sin(x2));
const point: [number, number] = [2, 5];

/** What the primitives in this jaxpr do. */
const operations: Readonly<Record<string, (...xs: NDArray[]) => NDArray>> = {
  log: (x) => np.log(x),
  mul: (x, y) => np.multiply(x, y),
  add: (x, y) => np.add(x, y),
  sub: (x, y) => np.subtract(x, y),
  sin: (x) => np.sin(x),
};

type Atom = Eqn["inputs"][number];

export interface Step {
  readonly name: string;
  readonly text: string;
  readonly value: number;
  /** Derivative of this variable with respect to x₁. */
  readonly tangent: number;
  /** Derivative of the result with respect to this variable. */
  readonly adjoint: number;
}

/** The trace of `f`: one row for each input and each equation. */
export function trace(): Step[] {
  const { jaxpr } = makeJaxpr(f)(...point);
  const variables: Atom[] = [...jaxpr.invars, ...jaxpr.eqns.flatMap((eqn) => eqn.outputs)];
  const name = (a: Atom): string => {
    const i = variables.indexOf(a);
    return i < 2 ? `x${i + 1}` : `v${i - 1}`;
  };
  const values = new Map<Atom, NDArray>(jaxpr.invars.map((v, i) => [v, np.array(point[i])]));
  const tangents = new Map<Atom, NDArray>(jaxpr.invars.map((v, i) => [v, np.array(i === 0 ? 1 : 0)]));
  const at = (map: Map<Atom, NDArray>, atoms: readonly Atom[]): NDArray[] => atoms.map((a) => map.get(a)!);

  for (const { primitive, inputs, outputs } of jaxpr.eqns) {
    const [out, tangent] = jvp(operations[primitive.name], at(values, inputs), at(tangents, inputs));
    values.set(outputs[0], out);
    tangents.set(outputs[0], tangent);
  }

  const adjoints = new Map<Atom, NDArray>(variables.map((v) => [v, np.array(v === jaxpr.outs[0] ? 1 : 0)]));
  for (const { primitive, inputs, outputs } of [...jaxpr.eqns].reverse()) {
    const [, pullback] = vjp(operations[primitive.name], at(values, inputs));
    pullback(adjoints.get(outputs[0])!).forEach((ct, i) => {
      adjoints.set(inputs[i], adjoints.get(inputs[i])!.add(ct));
    });
  }

  const texts = [...jaxpr.invars.map(() => "input"), ...jaxpr.eqns.map(describe)];
  function describe({ primitive, inputs }: Eqn): string {
    return `${primitive.name} ${inputs.map(name).join(" ")}`;
  }
  return variables.map((v, i) => ({
    name: name(v),
    text: texts[i],
    value: Number(values.get(v)),
    tangent: Number(tangents.get(v)),
    adjoint: Number(adjoints.get(v)),
  }));
}

export interface SurveyResult {
  readonly value: number;
  readonly forward: readonly number[];
  readonly reverse: readonly number[];
  readonly steps: readonly Step[];
}

export function run(): SurveyResult {
  const [value] = jvp(f, point, [0, 0]);
  const forward = [
    [1, 0],
    [0, 1],
  ].map((direction) => Number(jvp(f, point, direction as [number, number])[1]));
  const reverse = grad(f, [0, 1])(...point).map(Number);
  const steps = trace();

  console.log(`f(x1, x2) = ln x1 + x1 x2 − sin x2 as a jaxpr:\n\n${String(makeJaxpr(f)(...point))}\n`);
  const rows = steps.map((s) => [
    s.name,
    s.text,
    s.value.toFixed(4),
    s.tangent.toFixed(4),
    s.adjoint.toFixed(4),
  ]);
  console.log(table(["", "operation", "value ↓", "∂/∂x1 ↓ forward", "∂f/∂ ↑ reverse"], rows));
  console.log(`\nf(2, 5)   = ${Number(value)}`);
  console.log(`jvp twice = (${forward.join(", ")})`);
  console.log(`grad once = (${reverse.join(", ")})`);
  return { value: Number(value), forward, reverse, steps };
}
