/** @file `vmap` of each case is a loop over lanes: every combination of batch axes, and few lanes. */
import { describe, it } from "vitest";
import { vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { array, expectArraysClose } from "../util/arrays.ts";
import { Random } from "../util/random.ts";
import { at, refOf, tabulate } from "../util/reference.ts";
import { type OpCase, type Operand, caseName, drawOperand, outputs } from "./row.ts";
import { opRows } from "./table.ts";

type Dim = number | null;

/** The distinct axes among null, 0, 1 and the last. */
function axesOf(operand: Operand): Dim[] {
  const last = operand.shape.length;
  return [null, ...new Set([0, Math.min(1, last), last])];
}

function combinations(c: OpCase): Dim[][] {
  let out: Dim[][] = [[]];
  for (const o of c.operands) out = out.flatMap((head) => axesOf(o).map((dim) => [...head, dim]));
  return out.filter((dims) => dims.some((d) => d !== null));
}

/** Lanes joined along a new axis. */
function stack(
  lanes: readonly NDArray[],
  dim: number,
  shape: readonly number[],
  dtype: NDArray["dtype"],
): NDArray {
  const refs = lanes.map(refOf);
  const full = [...shape.slice(0, dim), lanes.length, ...shape.slice(dim)];
  const data = tabulate(full, (i) => at(refs[i[dim]], [...i.slice(0, dim), ...i.slice(dim + 1)]));
  return array(full, data.data, dtype);
}

function checkLanes(c: OpCase, dims: readonly Dim[], size: number, random: Random): void {
  const lanes = c.operands.map((o, i) =>
    Array.from({ length: dims[i] === null ? 1 : size }, () => drawOperand(o, random)),
  );
  const args = lanes.map((xs, i) => {
    const { shape, dtype } = c.operands[i];
    return dims[i] === null ? xs[0] : stack(xs, dims[i], shape, dtype);
  });
  const got = outputs(vmap((...xs: NDArray[]) => c.call(...xs), dims)(...args));
  const wanted = Array.from({ length: size }, (_, k) =>
    outputs(c.call(...lanes.map((xs, i) => xs[dims[i] === null ? 0 : k]))),
  );
  const example = wanted[0] ?? outputs(c.call(...c.operands.map((o) => drawOperand(o, random))));
  example.forEach((e, j) => {
    const want = stack(
      wanted.map((outs) => outs[j]),
      0,
      e.shape,
      e.dtype,
    );
    expectArraysClose(got[j], want, 1e-13, `axes ${dims.map(String).join()}, output ${j}`);
  });
}

describe("vmap is a loop", () => {
  for (const r of opRows) {
    for (const c of r.cases.filter((x) => x.operands.length > 0)) {
      it(caseName(r, c), () => {
        const random = new Random(caseName(r, c));
        for (const dims of combinations(c)) checkLanes(c, dims, 3, random);
      });
    }
  }
});

describe("vmap over one lane and over none", () => {
  for (const r of opRows) {
    for (const c of r.cases.filter((x) => x.operands.length > 0)) {
      it(caseName(r, c), () => {
        const random = new Random(caseName(r, c));
        const single = c.operands.map((_, i) => c.operands.map((_x, k): Dim => (i === k ? 0 : null)));
        for (const size of c.lanes) {
          for (const dims of [c.operands.map(() => 0), ...single]) checkLanes(c, dims, size, random);
        }
      });
    }
  }
});

describe("nested vmap", () => {
  for (const r of opRows) {
    for (const c of r.cases.filter((x) => x.operands.length > 0).slice(0, 1)) {
      it(`${caseName(r, c)}, axes swapped`, () => {
        const random = new Random(caseName(r, c));
        const shape = (o: Operand): Operand => ({ ...o, shape: [2, 3, ...o.shape] });
        const args = c.operands.map((o) => drawOperand(shape(o), random));
        const inOrder = outputs(vmap(vmap((...xs: NDArray[]) => c.call(...xs)))(...args));
        const swapped = outputs(
          vmap(
            vmap((...xs: NDArray[]) => c.call(...xs)),
            1,
            { outAxes: 1 },
          )(...args),
        );
        inOrder.forEach((x, j) => expectArraysClose(swapped[j], x, 1e-13));
      });
    }
  }
});
