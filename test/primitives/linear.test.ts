/** @file Duality: ⟨Jv, w⟩ = ⟨v, Jᵀw⟩ for every differentiable case, and linearTranspose for the linear ones. */
import { describe, expect, it } from "vitest";
import { jvp, linearTranspose, linearize, vjp } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { array, expectArraysClose, flat, isClose } from "../util/arrays.ts";
import { Random } from "../util/random.ts";
import { type OpCase, caseName, drawAll, isFloatName, outputs } from "./row.ts";
import { opRows } from "./table.ts";

const like = (x: NDArray, random: Random): NDArray =>
  array(
    x.shape,
    flat(x).map(() => random.uniform(-1, 1)),
    x.dtype,
  );

const inner = (xs: readonly NDArray[], ys: readonly NDArray[]): number =>
  xs.reduce((sum, x, i) => {
    const ys2 = flat(ys[i]);
    return sum + flat(x).reduce((s, v, k) => s + v * ys2[k], 0);
  }, 0);

/** The case as a function of some operands, giving the floating-point outputs. */
function partially(
  c: OpCase,
  args: readonly NDArray[],
  which: readonly number[],
): (...xs: NDArray[]) => NDArray[] {
  return (...xs) =>
    outputs(c.call(...args.map((a, i) => (which.includes(i) ? xs[which.indexOf(i)] : a)))).filter((o) =>
      isFloatName(o.dtype),
    );
}

function expectDual(left: number, right: number): void {
  if (!isClose(left, right, 1e-11)) expect(left).toBe(right);
}

describe("forward and reverse mode are adjoint", () => {
  for (const r of opRows) {
    for (const c of r.cases.filter((x) => x.diff.length > 0 && x.order > 0)) {
      it(caseName(r, c), () => {
        const random = new Random(caseName(r, c));
        const args = drawAll(c, random);
        const f = partially(c, args, c.diff);
        const primals = c.diff.map((i) => args[i]);
        const v = primals.map((x) => like(x, random));
        const [out, jv] = jvp(f, primals, v);
        const w = out.map((o) => like(o, random));
        const [, pull] = vjp(f, primals);
        expectDual(inner(jv, w), inner(v, pull(w)));
        const [, push] = linearize(f, primals);
        push(...v).forEach((t, i) => expectArraysClose(t, jv[i], 1e-14, "linearize"));
      });
    }
  }
});

describe("linear operands", () => {
  for (const r of opRows) {
    for (const c of r.cases) {
      for (const group of c.linear) {
        it(`${caseName(r, c)}, operands ${group.join()}`, () => {
          const random = new Random(caseName(r, c));
          const args = drawAll(c, random);
          const f = partially(c, args, group);
          const v = group.map((i) => like(args[i], random));
          const out = f(...v);
          const w = out.map((o) => like(o, random));
          const transposed = linearTranspose(f, v)(w);
          expectDual(inner(out, w), inner(v, transposed));
          // f is its own derivative, anywhere.
          const [, t] = jvp(
            f,
            group.map((i) => args[i]),
            v,
          );
          t.forEach((x, i) => expectArraysClose(x, out[i], 1e-13, "derivative"));
          // The transpose of the transpose is the function.
          const twice = linearTranspose((...ws: NDArray[]) => linearTranspose(f, v)(ws), w)(v);
          twice.forEach((x, i) => expectArraysClose(x, out[i], 1e-13, "transpose of the transpose"));
        });
      }
    }
  }
});
