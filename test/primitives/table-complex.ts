/**
 * @file Rows of complex numbers. Operands and results are their real and imaginary parts, so that derivatives can be
 * compared with differences; every kind of rule for complex numbers has a case.
 */
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/control-flow/lax.ts";
import { isComplex } from "../../src/dtypes/dtype.ts";
import { type C, c, complexData, elementary, partsOf } from "../util/complex.ts";
import { type Ref, at, foldAxes, tabulate } from "../util/reference.ts";
import { type OpCase, type OpRow, type Operand, distinct, ints, opCase, outputs, real, row } from "./row.ts";

type Spec = Partial<OpCase>;

export const split = (z: NDArray): readonly NDArray[] => [lax.real(z), lax.imag(z)];

/** A function of complex operands, each two real ones of a case; complex results are two as well. */
export function onComplex(
  name: string,
  f: (...zs: NDArray[]) => NDArray | readonly NDArray[],
  operands: readonly Operand[],
  more: Spec = {},
): OpCase {
  return opCase({
    name,
    operands: operands.flatMap((o) => [o, o]),
    call: (...xs) => {
      const zs: NDArray[] = [];
      for (let k = 0; k < xs.length; k += 2) zs.push(lax.complex(xs[k], xs[k + 1]));
      return outputs(f(...zs)).flatMap((z) => (isComplex(z.dtype) ? split(z) : [z]));
    },
    ...more,
  });
}

const elementwise =
  (f: (...zs: C[]) => C) =>
  (...xs: Ref[]): [Ref, Ref] => {
    const zs: C[][] = [];
    for (let k = 0; k < xs.length; k += 2) zs.push(complexData(xs[k], xs[k + 1]));
    return partsOf(
      xs[0].shape,
      zs[0].map((_, k) => f(...zs.map((z) => z[k]))),
    );
  };

// Away from 0, from ±1, from poles and from cuts.
const upper: readonly [number, number] = [0.2, 0.8];
const unaryCases = Object.entries(elementary).map(([name, f]) =>
  onComplex(name, (lax as unknown as Record<string, (z: NDArray) => NDArray>)[name], [real([5], ...upper)], {
    reference: elementwise(f),
    tol: 1e-12,
  }),
);

const power = (z: C, w: C): C => c.exp(c.mul(w, c.log(z)));

const arithmetic: readonly OpCase[] = [
  onComplex("", (x, y) => lax.add(x, y), [real([2, 3]), real([2, 3])], {
    reference: elementwise(c.add),
    linear: [[0, 1, 2, 3]],
  }),
  onComplex("sub, neg", (x, y) => lax.sub(lax.neg(x), y), [real([3]), real([3])], {
    reference: elementwise((x, y) => c.sub(c.neg(x), y)),
    linear: [[0, 1, 2, 3]],
  }),
  onComplex("mul", (x, y) => lax.mul(x, y), [real([2, 3]), real([2, 3])], {
    reference: elementwise(c.mul),
    linear: [
      [0, 1],
      [2, 3],
    ],
  }),
  onComplex("div", (x, y) => lax.div(x, y), [real([4]), real([4], 0.4, 2)], {
    reference: elementwise(c.div),
    linear: [[0, 1]],
  }),
  onComplex("pow", (x, y) => lax.pow(x, y), [real([4], ...upper), real([4])], {
    reference: elementwise(power),
    tol: 1e-12,
  }),
  onComplex("integer_pow 5", (x) => lax.integerPow(x, 5), [real([4])], {
    reference: elementwise((z) => power(z, [5, 0])),
    tol: 1e-12,
  }),
  onComplex("integer_pow -2", (x) => lax.integerPow(x, -2), [real([4], 0.4, 2)], {
    reference: elementwise((z) => c.div([1, 0], c.mul(z, z))),
    tol: 1e-12,
  }),
  onComplex("sign", (x) => lax.sign(x), [real([4], 0.4, 2)], {
    reference: elementwise((z) => c.div(z, [c.abs(z), 0])),
    diff: [],
  }),
  onComplex("times a number", (x) => lax.mul(x, 2.5), [real([4])], {
    reference: elementwise((z) => c.mul(z, [2.5, 0])),
    linear: [[0, 1]],
  }),
];

/** A scalar function folded over the elements, which a reference of each part cannot do alone. */
const foldRows =
  (f: (x: C, y: C) => C, init: C) =>
  (re: Ref, im: Ref): [Ref, Ref] => {
    const z = complexData(re, im);
    const [rows, columns] = re.shape;
    const out = Array.from({ length: rows }, (_, r) =>
      z.slice(r * columns, (r + 1) * columns).reduce(f, init),
    );
    return partsOf([rows], out);
  };

const runs =
  (f: (x: C, y: C) => C, init: C) =>
  (re: Ref, im: Ref): [Ref, Ref] => {
    const z = complexData(re, im);
    let state = init;
    return partsOf(
      re.shape,
      z.map((x) => (state = f(state, x))),
    );
  };

const matmul = (ar: Ref, ai: Ref, br: Ref, bi: Ref): [Ref, Ref] => {
  const [[m, k], [, n]] = [ar.shape, br.shape];
  const element = (i: number, j: number): C => {
    let sum: C = [0, 0];
    for (let l = 0; l < k; l++)
      sum = c.add(sum, c.mul([at(ar, [i, l]), at(ai, [i, l])], [at(br, [l, j]), at(bi, [l, j])]));
    return sum;
  };
  return [tabulate([m, n], ([i, j]) => element(i, j)[0]), tabulate([m, n], ([i, j]) => element(i, j)[1])];
};

const structural: readonly OpCase[] = [
  onComplex("reduce_sum", (x) => lax.reduceSum(x, [1]), [real([2, 3])], {
    reference: (re, im) => [foldAxes(re, [1], 0, (s, x) => s + x), foldAxes(im, [1], 0, (s, x) => s + x)],
    linear: [[0, 1]],
  }),
  onComplex("reduce_prod", (x) => lax.reduceProd(x, [1]), [real([2, 5])], {
    reference: foldRows(c.mul, [1, 0]),
  }),
  onComplex("cumsum", (x) => lax.cumsum(x), [real([4])], {
    reference: runs(c.add, [0, 0]),
    linear: [[0, 1]],
  }),
  onComplex("cumprod", (x) => lax.cumprod(x), [real([5])], { reference: runs(c.mul, [1, 0]) }),
  onComplex("cumprod reversed", (x) => lax.rev(lax.cumprod(x, 0, true), [0]), [real([4])], {
    reference: (re, im) => {
      const back = (r: Ref): Ref => ({ ...r, data: [...r.data].reverse() });
      return runs(c.mul, [1, 0])(back(re), back(im));
    },
  }),
  onComplex("dot_general", (x, y) => lax.dot(x, y), [real([2, 3]), real([3, 4])], {
    reference: matmul,
    linear: [
      [0, 1],
      [2, 3],
    ],
  }),
  onComplex(
    "conv_general_dilated",
    (x, w) => lax.convGeneralDilated(lax.reshape(x, [1, 1, 5]), lax.reshape(w, [1, 1, 2]), [1], "VALID"),
    [real([5]), real([2])],
    {
      reference: (xr, xi, wr, wi) => {
        const [x, w] = [complexData(xr, xi), complexData(wr, wi)];
        const out = [0, 1, 2, 3].map((k) => c.add(c.mul(x[k], w[0]), c.mul(x[k + 1], w[1])));
        return partsOf([1, 1, 4], out);
      },
      linear: [
        [0, 1],
        [2, 3],
      ],
    },
  ),
  onComplex("sort", (x) => lax.sort(x), [distinct([6])], {
    reference: (re, im) =>
      partsOf(
        re.shape,
        complexData(re, im).sort((x, y) => x[0] - y[0]),
      ),
  }),
  onComplex("reduce_max", (x) => lax.reduceMax(x, [0]), [distinct([6])], {
    reference: (re, im) =>
      partsOf(
        [],
        complexData(re, im)
          .sort((x, y) => y[0] - x[0])
          .slice(0, 1),
      ),
  }),
  onComplex("dynamic_update_slice", (x, u) => lax.dynamicUpdateSlice(x, u, [1]), [real([4]), real([2])], {
    linear: [[0, 1, 2, 3]],
  }),
  onComplex("select_n", (x, y) => lax.select(lax.gt(lax.real(x), 0), x, y), [distinct([4]), real([4])], {
    reference: elementwise((x, y) => (x[0] > 0 ? x : y)),
  }),
  onComplex("pad", (x) => lax.pad(x, lax.complex(3, 4), [[1, 2, 1]]), [real([2])], {
    reference: (re, im) =>
      partsOf([6], [[3, 4], ...complexData(re, im).flatMap((z): C[] => [z, [3, 4]]), [3, 4]]),
  }),
];

const loops: readonly OpCase[] = [
  onComplex(
    "scan",
    (a, x0) =>
      lax.scan(
        (z: NDArray) => {
          const next = lax.add(lax.mul(z, z), a);
          return [next, next];
        },
        x0,
        null,
        { length: 3 },
      )[1],
    [real([2], -0.5, 0.5), real([2], -0.5, 0.5)],
    {
      reference: (ar, ai, zr, zi) => {
        const a = complexData(ar, ai);
        let z = complexData(zr, zi);
        const all: C[] = [];
        for (let k = 0; k < 3; k++) all.push(...(z = z.map((x, i) => c.add(c.mul(x, x), a[i]))));
        return partsOf([3, 2], all);
      },
    },
  ),
  onComplex(
    "cond",
    (a) =>
      lax.cond(
        true,
        (z: NDArray) => lax.mul(z, z),
        (z: NDArray) => z,
        a,
      ),
    [real([2])],
    {
      reference: elementwise((z) => c.mul(z, z)),
    },
  ),
];

export const complexRows: readonly OpRow[] = [
  { kind: "op", primitive: "complex", cases: [...arithmetic, ...unaryCases, ...structural, ...loops] },
  row(
    "real",
    {
      call: (x, y) => lax.real(lax.complex(x, y)),
      operands: [real([3]), real([3])],
      reference: (x) => x,
      linear: [[0, 1]],
    },
    {
      name: "abs",
      call: (x, y) => lax.abs(lax.complex(x, y)),
      operands: [real([4], 0.4, 2), real([4])],
      reference: (x, y) => ({ ...x, data: complexData(x, y).map((z) => c.abs(z)) }),
    },
    {
      name: "as float64",
      call: (x, y) => lax.convertElementType(lax.complex(x, y), "float64"),
      operands: [real([3]), real([3])],
      reference: (x) => x,
    },
  ),
  row("imag", {
    call: (x, y) => lax.imag(lax.complex(x, y)),
    operands: [real([3]), real([3])],
    reference: (_, y) => y,
    linear: [[0, 1]],
  }),
  row(
    "conj",
    {
      call: (x, y) => split(lax.conj(lax.complex(x, y))),
      operands: [real([3]), real([3])],
      reference: (x, y) => [x, { ...y, data: y.data.map((v) => -v) }],
      linear: [[0, 1]],
    },
    {
      name: "of real numbers",
      call: (x) => split(lax.mul(lax.conj(x), lax.complex(1, 2))),
      operands: [real([3])],
      reference: (x) => [x, { ...x, data: x.data.map((v) => 2 * v) }],
      linear: [[0]],
    },
    {
      name: "comparisons",
      call: (x, y) => lax.eq(lax.complex(x, y), lax.complex(y, x)),
      operands: [ints([20], 0, 2, "float64"), ints([20], 0, 2, "float64")],
      reference: (x, y) => ({ ...x, data: x.data.map((v, k) => Number(v === y.data[k])) }),
      diff: [],
    },
  ),
];
