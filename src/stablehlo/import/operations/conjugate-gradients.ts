/**
 * @file The loop of conjugate gradients, as `jax.scipy.sparse.linalg.cg` has it. Its result solves a linear system, and its
 * derivatives are those of the solution, not those of the steps: JAX's rule, which the text does not tell.
 *
 * The loop carries x, r = b − A·x, γ = r·r and p. With x₀ the result is x₀ + A⁻¹r₀, whose differential is A⁻¹(db − dA·x).
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import type { Block, Value } from "../text/ir.ts";
import type { Call } from "./call.ts";
import { type Pattern, matches } from "./idioms.ts";

const dot = (a: string, b: string): Pattern => ["add", "=0", ["dot_general", a, b]];
const times = (scalar: Pattern, vector: string): Pattern => [
  "multiply",
  ["broadcast_in_dim", scalar],
  vector,
];
const step: Pattern = ["divide", "g", dot("p", "ap")];

/** Where the parts of the loop are among its carries, and the value that is A·p. */
interface Places {
  readonly x: number;
  readonly r: number;
  readonly g: number;
  readonly p: number;
  readonly product: Value;
}

function findPlaces(body: Block): Places | null {
  const results = body.end.operands;
  for (let p = 0; p < results.length; p++) {
    const bound = new Map<string, Value>([["p", body.args[p]]]);
    if (!matches(["add", "r1", times(["divide", "g1", "g"], "p")], results[p], bound)) continue;
    const at = (name: string, values: readonly Value[]): number => {
      const value = bound.get(name);
      return value === undefined ? -1 : values.indexOf(value);
    };
    const [r, g] = [at("r1", results), at("g1", results)];
    if (r < 0 || g < 0 || at("g", body.args) !== g) continue;
    bound.set("r", body.args[r]);
    if (!matches(dot("r1", "r1"), results[g], bound)) continue;
    if (!matches(["subtract", "r", times("step", "ap")], results[r], bound)) continue;
    const size = bound.get("step");
    if (size === undefined || !matches(step, size, bound)) continue;
    const x = results.findIndex((v, i) =>
      matches(["add", "x", times("step", "p")], v, new Map([...bound, ["x", body.args[i]]])),
    );
    const product = bound.get("ap");
    if (x >= 0 && product !== undefined) return { x, r, g, p, product };
  }
  return null;
}

const sumOfSquares = (v: NDArray): NDArray =>
  lax.dotGeneral(v, v, [
    [[0], [0]],
    [[], []],
  ]);

/** The results of a loop of conjugate gradients; null for any other loop. */
export function conjugateGradients(
  c: Call,
  body: Block,
  inits: readonly NDArray[],
  loop: (inits: readonly NDArray[]) => NDArray[],
): NDArray[] | null {
  const places = findPlaces(body);
  if (places === null || inits[places.x].ndim !== 1) return null;
  const { x, r, g, p, product } = places;
  const matvec = (v: NDArray): NDArray => {
    const args = inits.map((init, i) => (i === p ? v : init));
    c.run(body, args);
    return c.valueOf(product) as NDArray;
  };
  /** The loop for another right hand side, which is made as long as the first one: its tolerance is absolute. */
  const solve = (_: unknown, rhs: NDArray): NDArray => {
    const norm = sumOfSquares(rhs);
    const one = lax.fullLike(norm, 1);
    const scale = lax.select(lax.gt(norm, lax.fullLike(norm, 0)), lax.sqrt(lax.div(inits[g], norm)), one);
    const long = lax.mul(rhs, lax.broadcast(scale, rhs.shape));
    const start = inits.map((init, i) =>
      i === x ? lax.fullLike(init, 0) : i === r || i === p ? long : i === g ? sumOfSquares(long) : init,
    );
    return lax.div(loop(start)[x], lax.broadcast(scale, rhs.shape));
  };
  const moved = lax.customLinearSolve(matvec, inits[r], solve, { symmetric: true });
  const outs = loop(inits.map(lax.stopGradient));
  outs[x] = lax.add(inits[x], moved);
  return outs;
}
