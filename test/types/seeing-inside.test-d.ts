/** @file Types of effects, references, checks, and of what shows programs. The compiler is the test: nothing here runs. */
import {
  type Array as NDArray,
  type ShapeDtypeStruct,
  checkify,
  customVmap,
  debug,
  freeze,
  grad,
  ioCallback,
  jit,
  newRef,
  numpy as np,
  pureCallback,
  sequentialVmap,
  vmap,
} from "../../src/index.ts";
import { type Cost, costOf, graphOf } from "../../src/inspect/index.ts";
import { profile } from "../../src/profile/index.ts";
import { onCotangent, toSource } from "../../src/source/index.ts";
import { expectType } from "./expect-type.ts";

declare const x: NDArray;
declare const both: { a: NDArray; b: NDArray };
declare const struct: ShapeDtypeStruct;
const spec = { shape: [2], dtype: "float32" } as const;

export function hostFunctions(): void {
  debug.callback((y, n, { flag }, [z]) => [y.dtype, n.dtype, flag, z.ndim], x, 3, { flag: true }, [x]);
  // @ts-expect-error flags are passed as they are
  debug.callback((flag) => flag.dtype, true);
  expectType<NDArray>()(pureCallback((y) => y, spec, x));
  expectType<NDArray>()(ioCallback((y) => y, { a: spec, b: [spec] }, x).b[0]);
  // @ts-expect-error not a result that was announced
  expectType<NDArray>()(ioCallback((y) => y, { a: spec }, x).c);
}

export function references(): void {
  const ref = newRef(0);
  expectType<NDArray>()(ref.get([0]));
  expectType<NDArray>()(ref.swap(1));
  expectType<NDArray>()(freeze(ref));
  // @ts-expect-error not an array
  ref.set("one");
}

export function checks(): void {
  const f = checkify.checkify((y: NDArray) => ({ value: np.log(y) }), { errors: checkify.nanChecks });
  const [err, out] = f(1);
  expectType<string | null>()(err.get());
  expectType<NDArray>()(out.value);
  expectType<checkify.ErrorCategory extends string ? true : false>()(true as const);
  jit(f)(2)[0].throw();
  // @ts-expect-error not a kind of errors
  checkify.checkify(np.log, { errors: new Set(["overflow"]) });
}

export function rules(): void {
  const f = customVmap((y: NDArray) => np.sin(y));
  f.defVmap((size, [batched], ys) => {
    expectType<number>()(size);
    expectType<boolean>()(batched);
    return [np.sin(ys), true];
  });
  expectType<NDArray>()(vmap(f)(x));
  expectType<NDArray>()(vmap(sequentialVmap((y: NDArray) => y.mul(2)))(x));
}

export function programs(): void {
  expectType<string>()(
    toSource(
      grad((y: NDArray) => y.mul(y)),
      1,
    ),
  );
  expectType<NDArray>()(onCotangent(both, ({ a, b }) => ({ a: a.neg(), b })).a);
  // @ts-expect-error a cotangent of another tree
  onCotangent(both, ({ a }) => a);
  expectType<NDArray>()(profile(() => np.sin(x)).result);
  expectType<Cost>()(costOf((y: NDArray) => y.mul(y), struct));
  expectType<string>()(graphOf((y: NDArray) => y.mul(y), struct).svg());
}
