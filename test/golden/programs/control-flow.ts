/**
 * @file Programs about loops and branches: `whileLoop`, `foriLoop`, `cond`, `switch`, `scan`, `associativeScan`, in
 * both modes of differentiation.
 */
import { lax, np, vmap } from "../library.ts";
import type { Arr } from "../library.ts";
import { integers } from "./common.ts";
import type { Fun, Programs } from "./common.ts";

const sin: Fun = (x) => np.sin(x);
const square: Fun = (x) => np.square(x);

const whileLoops: Programs = {
  "program.while_newton_sqrt": (a: Arr) =>
    lax.whileLoop(
      (x: Arr) => np.abs(x.mul(x).sub(a)).greaterEqual(1e-12),
      (x: Arr) => x.add(a.div(x)).div(2),
      a,
    ),

  "program.while_tuple": (x: Arr) => {
    type State = [Arr, Arr];
    const more = ([i]: State): Arr => i.less(5);
    const step = ([i, s]: State): State => [i.add(1), s.add(x.mul(i))];
    return lax.whileLoop<State>(more, step, [integers(0), np.zerosLike(x)])[1];
  },
};

const foriLoops: Programs = {
  "program.fori_static": (x: Arr) => lax.foriLoop(0, 5, (i: Arr, c: Arr) => np.sin(c).add(x.mul(i)), x),

  "program.fori_dynamic": (x: Arr, n: Arr) =>
    lax.foriLoop(0, n, (_: Arr, c: Arr) => c.mul(x), np.onesLike(x)),

  // the vectors add the square of x[i]
  "program.fori_reverse_index": (x: Arr) => {
    const step = (i: Arr, x: Arr): Arr => x.at(i.neg().add(3)).add(square(x.slice(i)));
    return lax.foriLoop(0, 4, step, x);
  },
};

const branches: Programs = {
  "program.cond_grad": (x: Arr) =>
    lax.cond(
      x.sum().greater(0),
      (x: Arr) => square(x).sum(),
      (x: Arr) => sin(x).sum(),
      x,
    ),

  "program.cond_closure": (x: Arr, y: Arr | number) =>
    lax.cond(
      np.less(x.slice(0), y),
      (x: Arr) => x.mul(y),
      (x: Arr) => x.add(np.square(y)),
      x,
    ),

  "program.cond_nested": (x: Arr) => {
    const inner = (x: Arr): Arr => lax.cond(x.less(1), sin, (x: Arr) => np.log(x), x);
    return lax.cond(x.less(-1), (x: Arr) => np.power(x, 3), inner, x);
  },

  // the vectors weigh the second sum with 3
  "program.switch_grad": (x: Arr) => {
    const choices = [(x: Arr) => x, square, (x: Arr) => np.exp(x)];
    const first = lax.switch(integers(2), choices, x);
    return first.add(lax.switch(integers(-3), choices, x).mul(3));
  },
};

const scans: Programs = {
  "program.scan_tuple": (w: Arr | number, c0: Arr, xs: Arr) => {
    type Carry = [Arr, Arr];
    const step = ([c, i]: Carry, x: Arr): [Carry, Arr] => {
      const next = np.tanh(c.mul(w).add(x));
      return [[next, i.add(1)], next.mul(i)];
    };
    const [[c], ys] = lax.scan<[Carry, Arr]>(step, [c0, integers(0)], xs);
    return [c, ys];
  },

  // the vectors emit the carry times x
  "program.scan_reverse": (x: Arr) => {
    const step = (c: Arr, x: Arr): [Arr, Arr] => [c.add(x), c.mul(x)];
    return lax.scan<[Arr, Arr]>(step, np.zeros([]), x, { reverse: true })[1];
  },

  "program.scan_pytree_xs": (a: Arr, b: Arr) => {
    type Carry = { s: Arr; p: Arr };
    const step = ({ s, p }: Carry, x: { a: Arr; b: Arr }): [Carry, Arr] => [
      { s: s.add(x.a.mul(x.b.sum())), p: p.mul(np.cos(x.a)) },
      x.b.mul(s),
    ];
    return lax.scan(step, { s: np.ones([]), p: np.ones([]) }, { a, b });
  },

  "program.scan_unroll": (x: Arr) => {
    const step = (c: Arr, x: Arr): [Arr, Arr] => [c.mul(0.5).add(sin(x)), c];
    return lax.scan(step, np.zeros([]), x, { unroll: 3 });
  },

  "program.scan_length_only": (x: Arr) => {
    type Carry = [Arr, Arr];
    const step = ([a, b]: Carry): [Carry, Arr] => [[b, a.mul(x).add(b)], a];
    return lax.scan<[Carry, Arr]>(step, [x, x.mul(2)], null, { length: 6 })[1];
  },

  "program.scan_zero_length": (c: Arr) => {
    const step = (c: Arr, x: Arr): [Arr, Arr] => [c.mul(2).add(x), c.add(x)];
    return lax.scan(step, c, np.zeros([0, c.shape[0]]));
  },

  "program.scan_of_cond": (x: Arr) => {
    const step = (c: Arr, x: Arr): [Arr, null] => [
      lax.cond(
        x.greater(0),
        (c: Arr, x: Arr) => c.mul(x),
        (c: Arr, x: Arr) => c.sub(x),
        c,
        x,
      ),
      null,
    ];
    return lax.scan<[Arr, null]>(step, np.ones([]), x)[0];
  },

  // the vectors take a tenth of the step
  "program.scan_in_scan": (x: Arr) => {
    const outer = (c: Arr, i: Arr): [Arr, null] => {
      const inner = (c: Arr, j: Arr): [Arr, null] => [c.add(i.mul(j).mul(0.1).mul(sin(c))), null];
      return lax.scan<[Arr, null]>(inner, c, np.array([1, 2]));
    };
    return lax.scan<[Arr, null]>(outer, x, np.array([1, 2, 3]))[0];
  },

  "program.while_in_scan": (x: Arr) => {
    const halve = (c: Arr): Arr =>
      lax.whileLoop(
        (c: Arr) => c.greater(1),
        (c: Arr) => c.div(2),
        c,
      );
    const step = (c: Arr, x: Arr): [Arr, Arr] => [halve(c).add(x), c];
    return lax.scan<[Arr, Arr]>(step, x.slice(0).add(5), x)[1];
  },
};

const associative: Programs = {
  "program.associative_scan_affine": (a: Arr, b: Arr) => {
    const compose = ([a1, b1]: [Arr, Arr], [a2, b2]: [Arr, Arr]): [Arr, Arr] => [
      a1.mul(a2),
      a2.mul(b1).add(b2),
    ];
    return lax.associativeScan(compose, [a, b]);
  },

  "program.associative_scan_reverse": (x: Arr) =>
    lax.associativeScan((a: Arr, b: Arr) => np.logaddexp(a, b), x, { reverse: true, axis: 1 }),

  "program.associative_scan_matmul": (x: Arr) =>
    lax.associativeScan(
      vmap((a: Arr, b: Arr) => np.matmul(a, b)),
      x,
    ),
};

export const controlFlowPrograms: Programs = {
  ...whileLoops,
  ...foriLoops,
  ...branches,
  ...scans,
  ...associative,
};
