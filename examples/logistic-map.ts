/**
 * @file No expression swell: the logistic map l₁ = x, lₙ₊₁ = 4 lₙ (1 − lₙ), iterated by a host loop and differentiated.
 *
 * Symbolic differentiation of the formula for lₙ grows exponentially with n (the survey's table of "expression swell").
 * The differentiated program grows by the same few equations for each iteration.
 */
import { type Array as NDArray, type ClosedJaxpr, grad, makeJaxpr, numpy as np } from "../src/index.ts";
import { table } from "./lib/table.ts";

function logistic(n: number): (x: NDArray) => NDArray {
  return (x) => {
    let l = x;
    for (let i = 1; i < n; i++) l = l.mul(4).mul(l.neg().add(1));
    return l;
  };
}

/** A formula in x, as symbolic algebra keeps it. */
type Formula = number | "x" | readonly ["*" | "-" | "+", Formula, Formula];

const formula = (n: number): Formula => {
  if (n === 1) return "x";
  const before = formula(n - 1);
  return ["*", ["*", 4, before], ["-", 1, before]];
};

/** Sum and product rule; products with 0 and 1 and sums with 0 are simplified. */
function derivative(e: Formula): Formula {
  if (typeof e === "number") return 0;
  if (e === "x") return 1;
  const [op, a, b] = e;
  if (op === "*") return plus("+", times(derivative(a), b), times(a, derivative(b)));
  return plus(op, derivative(a), derivative(b));
}

const times = (a: Formula, b: Formula): Formula =>
  a === 0 || b === 0 ? 0 : a === 1 ? b : b === 1 ? a : ["*", a, b];

function plus(op: "+" | "-", a: Formula, b: Formula): Formula {
  if (b === 0) return a;
  return a === 0 && op === "+" ? b : [op, a, b];
}

const isNode = (e: Formula): e is readonly ["*" | "-" | "+", Formula, Formula] => Array.isArray(e);

const size = (e: Formula): number => (isNode(e) ? 1 + size(e[1]) + size(e[2]) : 1);

function text(e: Formula): string {
  if (!isNode(e)) return String(e);
  const [op, a, b] = e;
  if (op === "*") return `${factor(a)}·${factor(b)}`;
  return `${text(a)} ${op === "-" ? "−" : "+"} ${isNode(b) && b[0] !== "*" ? `(${text(b)})` : text(b)}`;
}

const factor = (e: Formula): string => (isNode(e) && e[0] !== "*" ? `(${text(e)})` : text(e));

const equations = ({ jaxpr }: ClosedJaxpr): number => jaxpr.eqns.length;

export interface LogisticRow {
  readonly n: number;
  readonly formula: number;
  readonly symbolicDerivative: number;
  readonly program: number;
  readonly gradientProgram: number;
  readonly value: number;
  readonly slope: number;
  /** From lₙ(x) = sin²(2ⁿ⁻¹ arcsin √x). */
  readonly exactSlope: number;
}

export function run(most = 12, x = 0.2): LogisticRow[] {
  const rows = Array.from({ length: most }, (_, i): LogisticRow => {
    const n = i + 1;
    const f = logistic(n);
    const angle = Math.asin(Math.sqrt(x));
    return {
      n,
      formula: size(formula(n)),
      symbolicDerivative: size(derivative(formula(n))),
      program: equations(makeJaxpr(f)(x)),
      gradientProgram: equations(makeJaxpr(grad(f))(x)),
      value: Number(n === 1 ? x : f(np.array(x))),
      slope: Number(grad(f)(x)),
      exactSlope: (Math.sin(2 ** n * angle) * 2 ** (n - 1)) / (2 * Math.sqrt(x * (1 - x))),
    };
  });
  console.log("Symbolic derivatives of l₁ = x, lₙ₊₁ = 4 lₙ (1 − lₙ):\n");
  for (const n of [1, 2, 3]) console.log(`  dl${n}/dx = ${text(derivative(formula(n)))}`);
  console.log(
    `\nSizes: nodes of the formula and of its derivative; equations of the program and of its gradient.\n`,
  );
  const heading = ["n", "formula", "derivative", "program", "gradient", `dlₙ/dx at ${x}`, "exact"];
  const cells = rows.map((r) => [
    r.n,
    r.formula,
    r.symbolicDerivative,
    r.program,
    r.gradientProgram,
    r.slope.toPrecision(12),
    r.exactSlope.toPrecision(12),
  ]);
  console.log(table(heading, cells));
  const far = equations(makeJaxpr(grad(logistic(1000)))(x));
  console.log(`\nThe gradient of l₁₀₀₀ has ${far} equations; its formula would have about 10³⁰⁴ nodes.`);
  return rows;
}
