/**
 * @file Types of what comes out: arrays where arrays come out, tuples where the number is fixed, classes and states as they
 * went in; what a loop's body takes and returns; what must be given. The compiler is the test: nothing here runs.
 */
import { ShapeDtypeStruct, evalShape } from "../../src/index.ts";
import {
  type Array as Alias,
  type NDArray,
  checkpoint,
  customJvp,
  customVjp,
  jit,
  jvp,
  lax,
  linearize,
  numpy as np,
  optim,
  random,
  scipy,
  tree,
  valueAndGrad,
  vjp,
  vmap,
} from "../../src/index.ts";
import { expectType } from "./expect-type.ts";

declare const x: NDArray;
declare const params: { w: NDArray; b: [NDArray, NDArray] };
declare const flag: boolean;

class Layer {
  readonly w: NDArray;
  readonly #name: string;
  constructor(w: NDArray, name: string) {
    this.w = w;
    this.#name = name;
  }
  apply(v: NDArray): NDArray {
    return v.mul(this.w).mul(this.#name.length);
  }
}
declare const layer: Layer;

export function arraysComeOut(): void {
  expectType<Alias>()(x);
  expectType<NDArray>()(jit(() => 1)());
  expectType<NDArray>()(jit((a: NDArray) => a.ndim > 1)(x));
  expectType<{ a: NDArray; b: NDArray; c: null }>()(jit((a: NDArray) => ({ a, b: 2, c: null }))(x));
  expectType<NDArray>()(vmap((_: NDArray) => true)(x));
  expectType<NDArray>()(checkpoint((_: NDArray) => 1)(x));
  expectType<[NDArray, NDArray]>()(jvp((_: NDArray) => 1, [x], [x]));
  expectType<NDArray>()(vjp((_: NDArray) => 1, [x])[0]);
  expectType<NDArray>()(linearize((_: NDArray) => 1, [x])[0]);
  expectType<NDArray>()(valueAndGrad((_: NDArray) => 1)(x)[0]);
  expectType<NDArray>()(customJvp((_: NDArray) => 1)(x));
  // Lists of fixed length stay such.
  expectType<[NDArray, NDArray]>()(jit((a: NDArray) => [a, a])(x));
  expectType<[NDArray, { b: NDArray }]>()(vmap((a: NDArray) => [a, { b: a }])(x));
  expectType<Layer>()(jit((l: Layer) => l)(layer));
  customVjp((a: NDArray, b: NDArray) => a.mul(b)).defVjp(
    (a, b) => [a.mul(b), [a, b]],
    ([a, b], g) => [g.mul(b), g.mul(a)],
  );
}

export function carries(): void {
  expectType<[NDArray, NDArray]>()(lax.scan((c, y) => [c.add(y), c], 0, x));
  expectType<[Layer, NDArray]>()(lax.scan((l, y) => [l, l.apply(y)], layer, x));
  expectType<[[NDArray, { n: NDArray }], [NDArray, NDArray]]>()(
    lax.scan(
      ([a, b]) => [
        [a, b],
        [a, a],
      ],
      [x, { n: 0 }],
      null,
      3,
    ),
  );
  expectType<Layer>()(lax.foriLoop(0, 3, (_, l) => l, layer));
  expectType<[NDArray, NDArray]>()(
    lax.whileLoop(
      ([a]) => a.less(3),
      ([a, b]) => [a.add(1), b],
      [0, x],
    ),
  );
  expectType<NDArray[]>()(lax.foriLoop(0, 3, (_, s: NDArray[]) => s.map((a) => a.mul(2)), [x] as NDArray[]));
  expectType<NDArray>()(
    lax.cond(
      true,
      (a) => a.mul(2),
      () => 0,
      x,
    ),
  );
  expectType<[NDArray, NDArray]>()(lax.switch(0, [(a, b) => [a, b], (a, b) => [b, a]], x, 1));
  expectType<NDArray>()(lax.map((a) => a.mul(a), x));
  expectType<random.Key>()(lax.scan((k) => [k, null], random.key(0), null, 2)[0]);

  // @ts-expect-error the carry returned has another structure
  lax.scan((c: NDArray) => [{ c }, null], x, null, 3);
  // @ts-expect-error the carry given has another structure
  lax.scan((c: NDArray) => [c, null], { a: x }, null, 3);
  // @ts-expect-error xs have another structure
  lax.scan((c: NDArray, y: { u: NDArray }) => [c, y], x, x);
  // @ts-expect-error the body returns no pair
  lax.scan((c: NDArray) => c, x, x);
  // @ts-expect-error the body of the loop returns another structure
  lax.foriLoop(0, 3, (_, c: NDArray) => ({ c }), x);
  // @ts-expect-error the body of the loop takes another structure
  lax.foriLoop(0, 3, (_, c: { a: NDArray }) => c, x);
  const noTest = (c: NDArray): { c: NDArray } => ({ c });
  // @ts-expect-error the condition is a boolean
  lax.whileLoop(noTest, (c) => c, x);
  // @ts-expect-error the branches differ
  lax.cond(flag, (a: NDArray) => a, noTest, x);
}

export function optimisers(): void {
  const tx = optim.adam(0.1);
  const state = tx.init(params);
  expectType<NDArray>()(state[0].count);
  const [updates, next] = tx.update(params, state, params);
  expectType<typeof state>()(next);
  expectType<{ w: NDArray; b: [NDArray, NDArray] }>()(updates);
  expectType<optim.EmptyState>()(optim.chain(optim.clip(1), tx).init(params)[0]);
  const step = jit((p: typeof params, s: typeof state) => tx.update(p, s, p));
  expectType<NDArray>()(step(params, state)[1][0].count);
  lax.scan(([p, s]) => [tx.update(p, s, p), null], [params, state], null, 3);
  const looped = lax.foriLoop(0, 2, (_, s) => s, optim.scale(2).init(params));
  optim.scale(2).update(params, looped);
  // @ts-expect-error the state of another optimiser
  optim.adam(0.1).update(params, optim.lion(0.1).init(params));
  // @ts-expect-error the learning rate must be given
  optim.sgd();
  // @ts-expect-error by name too
  optim.sgd({ momentum: 0.9 });
  optim.sgd({ learningRate: 0.1 });
  // @ts-expect-error the bound must be given
  optim.clipByGlobalNorm();
  // @ts-expect-error parameters of distributions must be given
  random.gamma(random.key(0));
  // @ts-expect-error the method must be given
  scipy.optimize.minimize((a: NDArray) => a.sum(), x);
  // @ts-expect-error a method that does not exist
  scipy.optimize.minimize((a: NDArray) => a.sum(), x, { method: "bfs" });
}

export function fixedNumbers(): void {
  const [k1, k2] = random.split(random.key(0));
  expectType<random.Key>()(k1);
  expectType<random.Key>()(k2);
  expectType<random.Key>()(random.split(random.key(0), 3)[2]);
  // @ts-expect-error there are three
  expectType<undefined>()(random.split(random.key(0), 3)[3]);
  expectType<[NDArray, NDArray]>()(np.meshgrid(x, x));
  expectType<[NDArray, NDArray]>()(np.meshgrid(x, x, { indexing: "ij" }));
  expectType<[NDArray, NDArray]>()(np.broadcastArrays(x, 1));
  expectType<[NDArray, NDArray, NDArray]>()(np.unravelIndex(x, [2, 3, 4]));
  expectType<[NDArray, NDArray]>()(np.ix_(x, x));
  expectType<[NDArray, NDArray]>()(np.split(x, 2));
  expectType<[NDArray, NDArray, NDArray]>()(np.split(x, [1, 3], 1));
  expectType<[NDArray, NDArray]>()(x.unpack(2));
  expectType<[NDArray, NDArray]>()(lax.sort([x, x]));
  expectType<NDArray>()(np.unique(x));
  expectType<[values: NDArray, NDArray, NDArray]>()(np.unique(x, { returnIndex: true, returnCounts: true }));
  expectType<[values: NDArray, places1: NDArray, places2: NDArray]>()(
    np.intersect1d(x, x, { returnIndices: true }),
  );
  expectType<[p: NDArray, l: NDArray, u: NDArray]>()(scipy.linalg.lu(x));
  expectType<NDArray>()(scipy.linalg.qr(x)[1]);
  expectType<NDArray>()(lax.linalg.qr(x)[1]);
  expectType<[w: NDArray, vl: NDArray, vr: NDArray]>()(lax.linalg.eig(x));
}

export function leaves(): void {
  expectType<NDArray[]>()(tree.leaves(params));
  expectType<NDArray[]>()(tree.flatten(params)[0]);
  expectType<NDArray>()(tree.leavesWithPath(params)[0][1]);
  expectType<number>()(tree.unflatten(tree.structure(params), [1, 2, 3]).w);
  expectType<string>()(tree.mapWithPath((path) => tree.keystr(path), params).b[0]);
  expectType<number>()(tree.reduce((n: number, a) => n + a.size, params, 0));
  expectType<Layer>()(tree.map((a: NDArray) => a.mul(2), layer));
  expectType<{ w: number; b: number[] }>()(tree.broadcast(1, { w: x, b: [x] }));
  expectType<{ a: NDArray[] }>()(tree.transpose(tree.structure([x]), tree.structure({ a: x }), [{ a: x }]));
  expectType<number>()(tree.static_({ size: 3 }).value.size);
}

export function shapes(): void {
  const struct = new ShapeDtypeStruct([2], "float32");
  expectType<ShapeDtypeStruct>()(evalShape((a: NDArray) => a.sum(), struct));
  expectType<readonly number[]>()(evalShape((a: NDArray) => ({ y: a, n: 1 }), struct).y.shape);
}

export async function data(): Promise<void> {
  expectType<Float64Array>()(x.dataSync("float64"));
  expectType<Int32Array>()(await x.data("int32"));
  expectType<number>()(x.dataSync()[0]);
  // @ts-expect-error a dtype that does not exist
  x.dataSync("float");
}
