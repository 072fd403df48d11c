/**
 * @file Do tracing and differentiation take time in proportion to the program? A host loop makes programs of thousands of
 * equations, which are traced (`makeJaxpr`), pushed forward (`jvp`), and linearised and transposed (`grad`).
 */
import type { Array } from "../src/index.ts";
import { type Quartiles, quartiles } from "./lib/measure.ts";
import { adjoint } from "./lib/library.ts";

const { grad, jvp, makeJaxpr, numpy: np } = adjoint;

export interface TracingRow {
  readonly what: "makeJaxpr" | "jvp" | "grad";
  readonly equations: number;
  /** Milliseconds per 1 000 equations. */
  readonly msPerThousand: Quartiles;
}

/** A program of `equations` equations, two for each turn of a host loop. */
const program =
  (equations: number) =>
  (x: Array): Array => {
    let y = x;
    for (let i = 0; i < equations; i += 2) y = np.sin(y.mul(1.5));
    return y;
  };

/** Its derivative, by the chain rule. */
function slopeByHand(equations: number, x: number): number {
  let [y, slope] = [x, 1];
  for (let i = 0; i < equations; i += 2) {
    slope *= 1.5 * Math.cos(1.5 * y);
    y = Math.sin(1.5 * y);
  }
  return slope;
}

function check(what: string, got: number, expected: number): void {
  if (Math.abs(got - expected) > 1e-9 * Math.abs(expected) + 1e-300)
    throw new Error(`${what}: expected ${expected}, got ${got}`);
}

export function tracing(sizes: readonly number[], rounds: number): TracingRow[] {
  const x = 0.3;
  const tasks = {
    makeJaxpr: (n: number): void => check("equations", makeJaxpr(program(n))(x).jaxpr.eqns.length, n),
    jvp: (n: number): void => check("jvp", Number(jvp(program(n), [x], [1])[1]), slopeByHand(n, x)),
    grad: (n: number): void => check("grad", Number(grad(program(n))(x)), slopeByHand(n, x)),
  };
  const kinds = ["makeJaxpr", "jvp", "grad"] as const;
  const cells = kinds.flatMap((what) =>
    sizes.map((equations) => ({ what, equations, times: [] as number[] })),
  );
  for (const what of kinds) tasks[what](sizes[0]);
  for (let round = 0; round < rounds; round++) {
    for (const { what, equations, times } of cells) {
      const start = performance.now();
      tasks[what](equations);
      times.push((performance.now() - start) / (equations / 1000));
    }
  }
  return cells.map(({ what, equations, times }) => ({ what, equations, msPerThousand: quartiles(times) }));
}

/** How much more an equation costs in the largest program than in the smallest: 1 if time is proportional. */
export function growth(rows: readonly TracingRow[], what: TracingRow["what"]): number {
  const own = rows.filter((r) => r.what === what);
  return own[own.length - 1].msPerThousand.median / own[0].msPerThousand.median;
}
