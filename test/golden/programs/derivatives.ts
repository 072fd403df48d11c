/**
 * @file Programs about differentiation itself: nested derivatives that must not be confused with each other,
 * compositions of forward and reverse mode, and the options of the transformations.
 */
import {
  grad,
  jacfwd,
  jacrev,
  jit,
  jvp,
  lax,
  linearTranspose,
  linearize,
  np,
  valueAndGrad,
  vjp,
  vmap,
} from "../library.ts";
import type { Arr } from "../library.ts";
import { derivative, integers } from "./common.ts";
import type { Fun, Programs } from "./common.ts";

const gradOf = (f: (...xs: Arr[]) => Arr, argnum = 0): ((...xs: Arr[]) => Arr) => grad(f, argnum);

/** A derivative inside a function that is differentiated again. */
const nested: Programs = {
  "program.pc_grad_grad": (x: Arr, c: Arr) => gradOf((x) => x.mul(gradOf((y) => x.add(y))(c)))(x),

  "program.pc_jvp_jvp": (x: Arr, c: Arr) => derivative((x) => x.mul(derivative((y) => x.add(y))(c)))(x),

  "program.pc_jvp_grad": (x: Arr, c: Arr) => derivative((x) => x.mul(gradOf((y) => x.mul(y))(c)))(x),

  "program.pc_grad_jvp": (x: Arr, c: Arr) => gradOf((x) => x.mul(derivative((y) => x.mul(y).mul(y))(c)))(x),

  "program.pc_triple": (x: Arr, c: Arr) =>
    gradOf((x) => x.mul(gradOf((y) => y.mul(gradOf((z) => x.mul(y).mul(z))(c)))(x)))(x),

  "program.pc_mixed_order": (x: Arr) => gradOf((y) => np.sin(x).mul(y).mul(y).add(x.mul(y)))(x.mul(x)),

  "program.pc_vector": (v: Arr) => {
    const slope = derivative((t) => np.prod(v.add(t)))(np.zeros([]));
    return v.mul(slope).sum();
  },

  "program.pc_scan_inside": (x: Arr) => {
    const last = (y: Arr): Arr => {
      const step = (c: Arr): [Arr, null] => [c.mul(y).add(x), null];
      return lax.scan<[Arr, null]>(step, np.ones([]), null, { length: 4 })[0];
    };
    return gradOf(last)(np.array(0.5)).mul(x);
  },

  "program.pc_vmap_grad": (x: Arr) => {
    const f = (y: Arr, xi: Arr): Arr => xi.mul(y).add(y.mul(y).mul(x.slice(0)));
    return vmap<typeof f>(gradOf(f))(x, x).sum();
  },

  "program.pc_while_fwd": (a: Arr) => {
    const f: Fun = (x) => x.mul(x).mul(x).sub(a);
    const newton = (_: Arr, x: Arr): Arr => {
      const [fx, slope] = jvp<[Arr, Arr]>(f, [x], [np.onesLike(x)]);
      return x.sub(fx.div(slope));
    };
    return lax.foriLoop(0, 6, newton, np.array(1.5));
  },

  "program.derivative_tower": (x: Arr) => {
    const tower: Fun[] = [(x) => np.exp(np.sin(x)).mul(x).mul(x)];
    for (let order = 1; order <= 4; order++) tower.push(derivative(tower[order - 1]));
    return tower.map((f) => f(x));
  },

  "program.mixed_partials": (x: Arr, y: Arr) => {
    const f = (x: Arr, y: Arr): Arr =>
      np
        .power(x, 3)
        .mul(np.square(y))
        .add(np.sin(x.mul(y)));
    const fxy = gradOf(gradOf(f, 1), 0);
    const fyx = gradOf(gradOf(f, 0), 1);
    return [fxy, fyx, gradOf(fxy, 0), gradOf(gradOf(fxy, 0), 1)].map((d) => d(x, y));
  },
};

/** sum(sin(x) x^2) + x0 x1 x2 */
const cubic: Fun = (x) => np.sum(np.sin(x).mul(np.square(x))).add(x.slice(0).mul(x.slice(1)).mul(x.slice(2)));

/** sum(sin(x) x0) */
const sines: Fun = (x) => np.sum(np.sin(x).mul(x.slice(0)));

const transforms: Programs = {
  "program.hessian_four_ways": (x: Arr) => [
    jacfwd<Fun>(jacrev(cubic))(x),
    jacrev<Fun>(jacfwd(cubic))(x),
    jacfwd<Fun>(jacfwd(cubic))(x),
    jacrev<Fun>(jacrev(cubic))(x),
  ],

  "program.value_and_grad_aux": (x: Arr) => {
    const f = (x: Arr): [Arr, { twice: Arr }] => [np.square(x).sum(), { twice: x.mul(2) }];
    return valueAndGrad<(x: Arr) => unknown>(f, { hasAux: true })(x);
  },

  "program.grad_argnums": (a: Arr, b: Arr, c: Arr) => {
    const f = (a: Arr, b: Arr, c: Arr): Arr =>
      a
        .mul(b)
        .sum()
        .add(b.mul(np.square(c)).sum());
    return grad<(...xs: Arr[]) => Arr[]>(f, [0, 2])(a, b, c);
  },

  "program.vjp_aux": (x: Arr) => {
    const f = (x: Arr): [Arr, Arr] => [np.sin(x), np.cos(x)];
    const [out, pullback, aux] = vjp<[Arr, (ct: Arr) => Arr[], Arr]>(f, [x], { hasAux: true });
    return [out, pullback(np.onesLike(out))[0], aux];
  },

  "program.linearize": (x: Arr, v: Arr) => {
    const a = np.array([
      [1, 2],
      [3, -1],
    ]);
    const [out, push] = linearize<[Arr, Fun]>((x: Arr) => np.tanh(np.matmul(a, x)), [x]);
    return [out, push(v), push(v.mul(2))];
  },

  "program.linear_transpose": (c: Arr) => {
    const f: Fun = (x) => np.stack([x.slice(0).mul(2).sub(x.slice(1)), x.slice(1).mul(3), x.slice(0)]);
    return linearTranspose<(ct: Arr) => Arr[]>(f, [np.zeros([2])])(c)[0];
  },

  "program.grad_holomorphic": (z: Arr) =>
    grad<Fun>((z: Arr) => np.sum(np.exp(z).mul(np.square(z))), { holomorphic: true })(z),

  "program.grad_real_of_complex": (z: Arr) => gradOf((z) => np.sum(np.square(np.abs(z)).mul(np.real(z))))(z),

  "program.jacfwd_pytree": (a: Arr, b: Arr) => {
    const f = (p: { a: Arr; b: Arr }): Arr[] => [p.a.mul(p.b.slice(0)), p.b.sum()];
    return jacfwd<(p: { a: Arr; b: Arr }) => unknown>(f)({ a, b });
  },

  "program.grad_of_int_free": (x: Arr) => {
    const f = (x: Arr, index: Arr): Arr => x.slice(index).sum();
    return f(x, integers([0, 0, 2]));
  },

  "program.hessian_vmap_diag": (x: Arr) => {
    const slope = gradOf(sines);
    const entry = (e: Arr): Arr => np.dot(jvp<[Arr, Arr]>(slope, [x], [e])[1], e);
    return vmap<Fun>(entry)(np.eye(x.shape[0]));
  },

  "program.jit_matches": (x: Arr) => {
    const f = (x: Arr, n: number): Arr => {
      let sum = np.zerosLike(x);
      for (let k = 0; k < n; k++) sum = sum.add(np.power(x, k).div(k + 1));
      return sum;
    };
    return jit<typeof f>(f, { staticArgnums: [1] })(x, 4);
  },
};

export const derivativePrograms: Programs = { ...nested, ...transforms };
