/**
 * @file Types of transformed functions: trees of parameters and results survive, options change the type of the result,
 * wrong calls do not compile. The compiler is the test: nothing here runs.
 */
import {
  type Array as NDArray,
  type ArrayLike,
  type ClosedJaxpr,
  checkpoint,
  customJvp,
  customVjp,
  evalShape,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  lax,
  linearTranspose,
  linearize,
  makeJaxpr,
  numpy as np,
  stopGradient,
  valueAndGrad,
  vjp,
  vmap,
} from "../../src/index.ts";
import { expectType } from "./expect-type.ts";

interface Params {
  w: NDArray;
  layers: { b: NDArray; scale: NDArray }[];
}
declare const params: Params;
declare const x: NDArray;
declare const like: { a: ArrayLike };

const loss = (p: Params, input: NDArray): NDArray => p.w.mul(input).sum();
const pair = (a: NDArray, b: NDArray): NDArray => a.mul(b);
const withAux = (p: Params, input: NDArray): [NDArray, { note: string; values: NDArray }] => [
  p.w.mul(input).sum(),
  { note: "text", values: p.w },
];

export function gradients(): void {
  const g = grad(loss)(params, x);
  expectType<NDArray>()(g.w);
  expectType<NDArray>()(g.layers[0].b);
  // Numbers and typed arrays stand for arrays among the arguments.
  grad(loss)({ w: 1, layers: [{ b: new Float64Array(2), scale: 3 }] }, 2);
  grad(pair)(1, new Float32Array(3));

  const g1 = grad(loss, 1)(params, x);
  expectType<NDArray>()(g1);
  const both = grad(loss, [0, 1])(params, x);
  expectType<NDArray>()(both[0].w);
  expectType<NDArray>()(both[1]);
  const reversed = grad(loss, { argnums: [1, 0] })(params, x);
  expectType<NDArray>()(reversed[0]);
  expectType<NDArray>()(reversed[1].layers[0].scale);

  const [ga, aux] = grad(withAux, { hasAux: true })(params, x);
  expectType<NDArray>()(ga.w);
  expectType<string>()(aux.note);
  expectType<NDArray>()(aux.values);
  const [gp, auxp] = grad(withAux, { argnums: [0, 1], hasAux: true })(params, x);
  expectType<NDArray>()(gp[0].w);
  expectType<NDArray>()(gp[1]);
  expectType<string>()(auxp.note);

  // A gradient may be differentiated again.
  expectType<NDArray>()(grad(grad((a: NDArray) => a.mul(a)))(1));
}

export function values(): void {
  const [value, g] = valueAndGrad(loss)(params, x);
  expectType<NDArray>()(value);
  expectType<NDArray>()(g.layers[0].b);
  const [[out, aux], ga] = valueAndGrad(withAux, { hasAux: true })(params, x);
  expectType<NDArray>()(out);
  expectType<string>()(aux.note);
  expectType<NDArray>()(ga.w);
}

export function forwardAndReverse(): void {
  const f = (p: Params, input: NDArray): { y: NDArray; rest: [NDArray] } => ({
    y: p.w.mul(input),
    rest: [p.w],
  });
  const [out, t] = jvp(f, [params, x], [params, x]);
  expectType<NDArray>()(out.y);
  expectType<NDArray>()(t.rest[0]);

  const [vout, pull] = vjp(f, [params, x]);
  expectType<NDArray>()(vout.y);
  const [ctParams, ctX] = pull({ y: 1, rest: [x] });
  expectType<NDArray>()(ctParams.layers[0].b);
  expectType<NDArray>()(ctX);

  const [lout, push] = linearize(f, [params, x]);
  expectType<NDArray>()(lout.y);
  expectType<NDArray>()(push(params, x).rest[0]);

  const [, , aux] = jvp(withAux, [params, x], [params, x], { hasAux: true });
  expectType<string>()(aux.note);
  const [, , vaux] = vjp(withAux, [params, x], { hasAux: true });
  expectType<NDArray>()(vaux.values);

  const transposed = linearTranspose((a: NDArray, b: NDArray) => [a, b], [x, x]);
  expectType<NDArray>()(transposed([x, x])[1]);
  expectType<NDArray>()(hvp((p: Params) => p.w.sum(), [params], [params]).layers[0].scale);
}

export function jacobians(): void {
  const f = (p: Params, input: NDArray): { y: NDArray; z: NDArray } => ({ y: p.w.mul(input), z: p.w });
  const j = jacfwd(f)(params, x);
  expectType<NDArray>()(j.y.w);
  expectType<NDArray>()(j.z.layers[0].b);
  expectType<NDArray>()(jacrev(f, 1)(params, x).y);
  const both = jacrev(f, [0, 1])(params, x);
  expectType<NDArray>()(both.y[0].w);
  expectType<NDArray>()(both.z[1]);
  expectType<NDArray>()(jacfwd(pair)(x, x));
  const [ja, aux] = jacrev(withAux, { hasAux: true })(params, x);
  expectType<NDArray>()(ja.w);
  expectType<string>()(aux.note);

  expectType<NDArray>()(hessian((a: NDArray) => a.mul(a).sum())(x));
  const h = hessian((p: Params) => p.w.sum())(params);
  expectType<NDArray>()(h.w.layers[0].b);
}

export function batching(): void {
  const f = (p: Params, input: NDArray, mode: string): { y: NDArray; z: [NDArray, NDArray] } => ({
    y: mode === "twice" ? p.w.mul(2) : p.w,
    z: [input, p.w],
  });
  const out = vmap(f, [{ w: 0, layers: null }, 0, null])(params, x, "twice");
  expectType<NDArray>()(out.y);
  expectType<[NDArray, NDArray]>()(out.z);
  vmap(f, 0, { outAxes: { y: 0, z: [0, 1] } });
  expectType<NDArray>()(vmap(pair, [0, null])(new Float64Array(3), 1));
}

export function wrappers(): void {
  expectType<NDArray>()(checkpoint(pair)(1, 2));
  const f = customJvp(pair);
  expectType<NDArray>()(f(1, new Float64Array(2)));
  expectType<NDArray>()(grad((a: NDArray) => f(a, 2))(1));
  expectType<NDArray>()(customVjp((p: Params) => p.w)(params));
  expectType<NDArray>()(stopGradient(like).a);
}

export function staging(): void {
  expectType<ClosedJaxpr>()(makeJaxpr(loss)(params, x));
  makeJaxpr(pair)(1, new Float64Array(3));
  evalShape(pair, 1, x);
}

export function mistakes(): void {
  // @ts-expect-error an argument too few
  grad(loss)(params);
  // @ts-expect-error a tree of another structure
  grad(loss)({ w: 1 }, x);
  // @ts-expect-error text is no array
  grad(pair)("1", 2);
  // @ts-expect-error an option that does not exist
  grad(pair, { argnum: 1 });
  // @ts-expect-error the gradient is a tree, not an array
  lax.neg(grad(loss)(params, x));
  // @ts-expect-error tangents need the structure of the primals
  jvp(loss, [params, x], [params]);
  // @ts-expect-error primals are one list
  jvp(pair, 1, 2);
  // @ts-expect-error a cotangent of another structure
  vjp((a: NDArray) => ({ y: a }), [1])[1]({ z: 1 });
  // @ts-expect-error outAxes is an option
  vmap(pair, 0, 1);
  // @ts-expect-error axes are numbers or null
  vmap(pair, ["0", 0]);
  // @ts-expect-error a dtype that does not exist
  np.zeros([2], { dtype: "float" });
  // @ts-expect-error arrays are no numbers: use methods
  lax.neg(x * 2);
  // @ts-expect-error arrays are not compared with operators
  if (x > 0) lax.neg(x);
}
