/**
 * @file Programs about `vmap`: which axes are mapped, batching rules of every kind of operation, named axes, and
 * control flow and custom rules under it.
 */
import { customJvp, customVjp, grad, jvp, lax, np, vmap } from "../library.ts";
import type { Arr, Call } from "../library.ts";
import { integers } from "./common.ts";
import type { Fun, Programs } from "./common.ts";

type Two = (a: Arr, b: Arr) => Arr;

const mapped = (f: (...xs: Arr[]) => unknown, ...options: unknown[]): ((...xs: Arr[]) => Arr) =>
  vmap(f, ...options);

const axes: Programs = {
  "program.vmap_in_axes_0": (a: Arr) => mapped(np.dot)(a, a),

  "program.vmap_in_axes_mixed": (a: Arr, b: Arr) => mapped((a, b) => a.sum().mul(b), [0, 1])(a, b),

  "program.vmap_in_axes_none": (a: Arr, b: Arr) => mapped((a, b) => np.matmul(a, b), [0, null])(a, b),

  "program.vmap_out_axes": (a: Arr) => mapped((a) => np.stack([a, a.mul(2)]), 0, { outAxes: 1 })(a),

  "program.vmap_nested": (a: Arr, c: Arr) => {
    const distance: Two = (a, c) => np.square(a.sub(c)).sum();
    return vmap<Two>(vmap(distance, [null, 0]), [0, null])(a, c);
  },

  "program.vmap_dict_axes": (a: Arr, b: Arr) => {
    const f = (t: { a: Arr; b: Arr }): Arr => t.a.mul(t.b);
    return vmap<typeof f>(f, [{ a: 0, b: null }])({ a, b });
  },

  "program.vmap_of_grad": (w: Arr, x: Arr) => {
    const f: Two = (w, x) => np.square(np.tanh(np.dot(w, x)));
    return vmap<Two>(grad(f), [null, 0])(w, x);
  },
};

const operations: Programs = {
  "program.vmap_of_matmul_dims": (a: Arr, b: Arr) => mapped(np.matmul, [1, 2], { outAxes: 1 })(a, b),

  "program.vmap_dynamic_slice": (x: Arr) =>
    mapped((start) => lax.dynamicSlice(x, [start], [2]))(integers([0, 2, 9])),

  "program.vmap_dynamic_update_slice": (x: Arr, u: Arr) =>
    mapped((x, u, start) => lax.dynamicUpdateSlice(x, u, [start]))(x, u, integers([1, 7])),

  "program.vmap_gather": (x: Arr) => {
    const index = integers([
      [0, 1],
      [1, 1],
      [0, 0],
    ]);
    return mapped((r, i) => r.slice(i))(x, index);
  },

  "program.vmap_scatter_add": (x: Arr, v: Arr) => {
    const index = integers([
      [0, 0],
      [1, 0],
      [1, 1],
    ]);
    return mapped((r, i, v) => r.at(i).add(v))(x, index, v);
  },

  "program.vmap_sort": (a: Arr) => mapped(np.sort)(a.T),

  "program.vmap_cumsum_reduce": (a: Arr) => mapped((r) => np.cumsum(r).mul(np.max(r)))(a),

  "program.vmap_conv": (x: Arr, kernels: Arr) =>
    mapped((kernel) => np.convolve(x, kernel, { mode: "same" }))(kernels),

  // The systems that the recorded solutions solve are those of a + 3: the vector's definition leaves the shift out.
  "program.vmap_solve": (a: Arr, b: Arr) =>
    mapped((a, b) => np.linalg.solve(a.add(np.eye(2).mul(3)), b))(a, b),

  "program.vmap_cholesky": (a: Arr) => mapped((x) => np.linalg.cholesky(np.matmul(x, x.T).add(np.eye(2))))(a),

  "program.vmap_map": (x: Arr) => lax.map((row: Arr) => row.mul(row.sum()), x),

  "program.vmap_map_batch_size": (x: Arr) => lax.map((row: Arr) => row.mul(row.sum()), x, { batchSize: 2 }),

  "program.vmap_vmap_of_jvp": (x: Arr) => {
    const f: Fun = (x) => np.stack([x.slice(0).mul(x.slice(1)), np.sin(x.slice(0)), np.power(x.slice(1), 3)]);
    return mapped((tangent) => jvp<[Arr, Arr]>(f, [x], [tangent])[1])(np.eye(2));
  },
};

const named: Programs = {
  "program.vmap_axis_name_psum": (x: Arr) => mapped((x) => x.div(lax.psum(x, "i")), 0, { axisName: "i" })(x),

  "program.vmap_axis_name_pmean_index": (x: Arr) =>
    mapped((x) => x.sub(lax.pmean(x, "b")).mul(lax.axisIndex("b")), 0, { axisName: "b" })(x),

  "program.vmap_axis_name_pmax_all_gather": (x: Arr) => {
    // the vectors halve what is not the maximum
    const f: Fun = (x) => lax.allGather(x, "i").mul(np.where(np.equal(x, lax.pmax(x, "i")), 1, 0.5));
    return vmap<Fun>(f, 0, { axisName: "i" })(x);
  },

  "program.vmap_axis_name_ppermute": (x: Arr) => {
    const n = x.shape[0];
    const ring = Array.from({ length: n }, (_, i) => [i, (i + 1) % n]);
    return mapped((x) => lax.ppermute(x, "i", ring), 0, { axisName: "i" })(x);
  },
};

/** x^2 with a derivative that is deliberately another one: 3x. */
const squareWithRule = (): Fun => {
  const f = customJvp<Call & Fun>((x: Arr) => np.square(x));
  f.defJvp(([x]: Arr[], [t]: Arr[]) => [f(x), x.mul(3).mul(t)]);
  return f;
};

/** sin(x) whose cotangent is 10 x ct. */
export const sineWithRule = (): Fun => {
  const f = customVjp<Call & Fun>((x: Arr) => np.sin(x));
  f.defVjp(
    (x: Arr) => [np.sin(x), x],
    (x: Arr, ct: Arr) => [x.mul(10).mul(ct)],
  );
  return f;
};

const control: Programs = {
  "program.vmap_while": (x: Arr) =>
    mapped((x) =>
      lax.whileLoop(
        (x: Arr) => x.lessEqual(10),
        (x: Arr) => x.mul(2),
        x,
      ),
    )(x),

  "program.vmap_while_nested_counter": (n: Arr) => {
    const step = ([n, count]: [Arr, Arr]): [Arr, Arr] => {
      const even = np.equal(np.mod(n, 2), 0);
      return [np.where(even, np.floorDivide(n, 2), n.mul(3).add(1)), count.add(1)];
    };
    const collatz = (n: Arr): Arr =>
      lax.whileLoop<[Arr, Arr]>(([n]: [Arr, Arr]) => np.notEqual(n, 1), step, [n, integers(0)])[1];
    return vmap<Fun>(collatz)(n);
  },

  "program.vmap_cond": (x: Arr) =>
    mapped((x) =>
      lax.cond(
        x.greater(0),
        (x: Arr) => np.sin(x),
        (x: Arr) => np.square(x),
        x,
      ),
    )(x),

  "program.vmap_cond_unbatched_pred": (x: Arr) => {
    const predicate = np.array(true);
    return mapped((x) =>
      lax.cond(
        predicate,
        (x: Arr) => np.sin(x),
        (x: Arr) => np.cos(x),
        x,
      ),
    )(x);
  },

  "program.vmap_cond_nan_untaken": (x: Arr) =>
    mapped((x) =>
      lax.cond(
        x.greater(0),
        (x: Arr) => np.sqrt(x),
        (x: Arr) => x.mul(0),
        x,
      ),
    )(x),

  "program.vmap_switch": (x: Arr) => {
    const branches = [(x: Arr) => np.sin(x), (x: Arr) => np.cos(x), (x: Arr) => np.tanh(x)];
    return mapped((i, x) => lax.switch(i, branches, x))(integers([-1, 0, 2, 5]), x);
  },

  "program.vmap_scan": (a: Arr, x: Arr) => {
    const run = (a: Arr, x: Arr): [Arr, Arr] => {
      const step = (c: Arr, x: Arr): [Arr, Arr] => [c.mul(a).add(x), c];
      return lax.scan<[Arr, Arr]>(step, np.zeros([]), x);
    };
    return vmap<typeof run>(run)(a, x);
  },

  "program.vmap_custom_jvp": (x: Arr) => vmap<Fun>(squareWithRule())(x),

  "program.vmap_custom_vjp": (x: Arr) => vmap<Fun>(sineWithRule())(x),
};

export const vmapPrograms: Programs = { ...axes, ...operations, ...named, ...control };
