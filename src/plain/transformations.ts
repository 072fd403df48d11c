/**
 * @file The transformations of plain functions. They are those of the library, on the arrays as which plain arguments and
 * results travel; inside another transformation what they return is traced, and so they nest.
 */
import { checkFunction, checkListOf, checkWhole, refuseMore, show } from "../base/checks.ts";
import { ArgumentError } from "../base/errors.ts";
import type { NDArray } from "../core/array.ts";
import type { Argnums } from "../core/tree-types.ts";
import { valueAndGrad as valueAndGradOfArrays, vjp as vjpOfArrays } from "../api/grad.ts";
import { jvp as jvpOfArrays } from "../api/jvp.ts";
import { jacfwd, jacrev, hessian as hessianOfArrays } from "../api/jacobian.ts";
import { stack } from "../numpy/shapes/joining.ts";
import { type AnyFunction, Arguments, Result, callPlain, openArgument, plain, scalarOf } from "./data.ts";
import { unstack } from "./runtime/indexing.ts";
import { type Tree, close, leaves, toAval, avalOf } from "./runtime/trees.ts";
import type { Leaf } from "./runtime/values.ts";
import type { Chosen, Over } from "./types.ts";

function chosenOf(what: string, argnums: Argnums | undefined, count: number): number[] {
  const list = typeof argnums === "object" ? argnums : [argnums ?? 0];
  checkListOf(what, "argnums", list);
  return list.map((k) => {
    checkWhole(what, "argnums", k);
    if (k >= count)
      throw new ArgumentError(`${what}: argnums names argument ${k}, but the call has ${count}.`);
    return k;
  });
}

function gradOf(
  what: string,
  f: AnyFunction,
  argnums: Argnums | undefined,
): (args: readonly unknown[]) => [value: unknown, grads: unknown] {
  checkFunction(what, "the first argument", f);
  return (args) => {
    const given = new Arguments(args, chosenOf(what, argnums, args.length));
    const run = valueAndGradOfArrays((arrays: NDArray[]) => scalarOf(what, callPlain(f, given.with(arrays))));
    const [value, grads] = run([...given.arrays]) as [NDArray, NDArray[]];
    const values = given.values(grads);
    return [plain(value), typeof argnums === "object" ? values : values[0]];
  };
}

/**
 * The gradient of a plain function of one number's result, with the type of the argument that `argnums` names: of a number a
 * number, of a list or a typed array one of that kind, of an object or an instance of a class one of that form.
 *
 * The function must have been opted in (`"use adjoint"`, or the `include` of the plugin). Other arguments stay as they are.
 * @throws OutputError if the function does not return a number
 * @see adjoint.grad
 * @example
 * import * as plain from "adjoint/plain";
 * const slope = plain.grad((x: number) => { "use adjoint"; return x * Math.sin(x); });
 * slope(0); // 0
 */
export function grad<A extends unknown[], const N extends Argnums = 0>(
  f: (...args: A) => number,
  argnums?: N,
  ...more: []
): (...args: A) => Chosen<A, N> {
  refuseMore("grad", 2, more);
  const run = gradOf("grad", f, argnums);
  return (...args) => run(args)[1] as Chosen<A, N>;
}

/**
 * The value of a plain function and its gradient.
 * @throws OutputError if the function does not return a number
 * @see grad
 * @see adjoint.valueAndGrad
 * @example
 * import * as plain from "adjoint/plain";
 * plain.valueAndGrad((x: number) => { "use adjoint"; return x * x; })(3); // [9, 6]
 */
export function valueAndGrad<A extends unknown[], const N extends Argnums = 0>(
  f: (...args: A) => number,
  argnums?: N,
  ...more: []
): (...args: A) => [value: number, gradient: Chosen<A, N>] {
  refuseMore("valueAndGrad", 2, more);
  const run = gradOf("valueAndGrad", f, argnums);
  return (...args) => run(args) as [number, Chosen<A, N>];
}

/** All arguments of a list. */
const everyOne = (list: readonly unknown[]): number[] => list.map((_, k) => k);

function checkSame(what: string, name: string, list: readonly NDArray[], primals: readonly NDArray[]): void {
  const fits =
    list.length === primals.length && list.every((x, i) => x.shape.join() === primals[i].shape.join());
  if (!fits)
    throw new ArgumentError(`${what}: ${name} must have the form of the primals; got ${show(list)}.`);
}

/**
 * The value of a plain function, and its derivative along tangents of the forms of its arguments.
 * @throws ArgumentError for tangents of other forms
 * @see adjoint.jvp
 * @example
 * import * as plain from "adjoint/plain";
 * plain.jvp((x: number, y: number) => { "use adjoint"; return x * y; }, [2, 3], [1, 0]); // [6, 3]
 */
export function jvp<A extends unknown[], R>(
  f: (...args: A) => R,
  primals: Readonly<A>,
  tangents: Readonly<A>,
  ...more: []
): [value: R, tangent: R] {
  refuseMore("jvp", 3, more);
  checkFunction("jvp", "the first argument", f);
  checkListOf("jvp", "primals", primals);
  checkListOf("jvp", "tangents", tangents);
  const given = new Arguments(primals, everyOne(primals));
  const along = new Arguments(tangents, everyOne(tangents)).arrays;
  checkSame("jvp", "tangents", along, given.arrays);
  let result!: Result;
  const run = (arrays: NDArray[]): NDArray[] => {
    result = new Result(callPlain(f, given.with(arrays)));
    return [...result.arrays];
  };
  const [outs, outTangents] = jvpOfArrays(run, [[...given.arrays]], [[...along]]);
  return [result.value(outs) as R, result.value(outTangents) as R];
}

/**
 * The value of a plain function, and the function that takes a cotangent of the form of its result to cotangents of its
 * arguments.
 * @throws ArgumentError for cotangents of another form
 * @see adjoint.vjp
 * @example
 * import * as plain from "adjoint/plain";
 * const [value, pull] = plain.vjp((x: number, y: number) => { "use adjoint"; return x * y; }, [2, 3]);
 * pull(1); // [3, 2]
 */
export function vjp<A extends unknown[], R>(
  f: (...args: A) => R,
  primals: Readonly<A>,
  ...more: []
): [value: R, pullback: (cotangent: R) => A] {
  refuseMore("vjp", 2, more);
  checkFunction("vjp", "the first argument", f);
  checkListOf("vjp", "primals", primals);
  const given = new Arguments(primals, everyOne(primals));
  let result!: Result;
  const run = (arrays: NDArray[]): NDArray[] => {
    result = new Result(callPlain(f, given.with(arrays)));
    return [...result.arrays];
  };
  const [outs, pull] = vjpOfArrays(run, [[...given.arrays]]) as unknown as [
    NDArray[],
    (c: NDArray[]) => [NDArray[]],
  ];
  const pullback = (cotangent: R): A => {
    const { arrays } = new Result(cotangent);
    checkSame("vjp", "the cotangent", arrays, result.arrays);
    return given.values(pull([...arrays])[0]) as A;
  };
  return [result.value(outs) as R, pullback];
}

/** A function of one argument's numbers, as one array, to those of its result. */
class Flat {
  readonly start: NDArray;
  readonly #input: Tree;
  #output: Tree | null = null;
  readonly #run: (x: unknown) => unknown;

  constructor(what: string, x: unknown, run: (x: unknown) => unknown) {
    this.#input = openArgument(x);
    this.#run = run;
    const all = leaves(this.#input);
    if (all.length === 0) throw new ArgumentError(`${what}: the argument holds no numbers; got ${show(x)}.`);
    this.start = stack(all.map((leaf) => toAval(leaf, avalOf(leaf))));
  }

  readonly #closed = (tree: Tree, numbers: readonly unknown[]): unknown => {
    let at = 0;
    return close(tree, () => numbers[at++]);
  };

  readonly scalar = (numbers: NDArray): NDArray =>
    scalarOf("hessian", this.#run(this.#closed(this.#input, unstack(numbers))));

  readonly vector = (numbers: NDArray): NDArray => {
    const { packing } = new Result(this.#run(this.#closed(this.#input, unstack(numbers))));
    this.#output = packing.tree;
    return stack(leaves(packing.tree).map((leaf: Leaf) => toAval(leaf, avalOf(leaf))));
  };

  /** A vector in the form of the argument. */
  input(numbers: NDArray): unknown {
    return plain(this.#closed(this.#input, unstack(numbers)));
  }

  /** A matrix: for each number of the result, a value of the argument's form. */
  jacobian(matrix: NDArray): unknown {
    const rows = unstack(matrix).map((row) => this.input(row));
    return this.#closed(untyped(this.#output!), rows);
  }

  /** A matrix: for each number of the argument, one of its form. */
  hessian(matrix: NDArray): unknown {
    const rows = unstack(matrix).map((row) => this.input(row));
    return this.#closed(untyped(this.#input), rows);
  }
}

/** Lists in the place of typed arrays: their elements are no numbers. */
const untyped = (tree: Tree): Tree => {
  if (tree.node === "list") return { ...tree, kind: undefined, items: tree.items.map(untyped) };
  return tree.node === "record" ? { ...tree, items: tree.items.map(untyped) } : tree;
};

/** So many numbers are differentiated forwards: each needs a pass, but there may be as many results. */
const fewNumbers = 16;

function flatOf(what: string, f: AnyFunction, argnum: number, args: readonly unknown[]): Flat {
  const [k] = chosenOf(what, argnum, args.length);
  return new Flat(what, args[k], (x) =>
    callPlain(
      f,
      args.map((a, i) => (i === k ? x : a)),
    ),
  );
}

/**
 * The Jacobian of a plain function with respect to one argument: the result, with a value of the argument's form in the place
 * of each number. Up to 16 numbers of the argument are differentiated forwards, more of them backwards.
 * @throws ArgumentError for an argument without numbers
 * @see adjoint.jacobian
 * @example
 * import * as plain from "adjoint/plain";
 * const polar = ([r, t]: [number, number]) => { "use adjoint"; return [r * Math.cos(t), r * Math.sin(t)]; };
 * plain.jacobian(polar)([2, 0]); // [[1, 0], [0, 2]]
 */
export function jacobian<A extends unknown[], R, const N extends number = 0>(
  f: (...args: A) => R,
  argnum?: N,
  ...more: []
): (...args: A) => Over<R, A[N]> {
  refuseMore("jacobian", 2, more);
  checkFunction("jacobian", "the first argument", f);
  return (...args) => {
    const flat = flatOf("jacobian", f, argnum ?? 0, args);
    const by = flat.start.size <= fewNumbers ? jacfwd : jacrev;
    return flat.jacobian(by(flat.vector)(flat.start)) as Over<R, A[N]>;
  };
}

/**
 * The second derivatives of a plain function with respect to one argument: a value of its form for each of its numbers.
 * @throws ArgumentError for an argument without numbers; OutputError if the function does not return a number
 * @see adjoint.hessian
 * @example
 * import * as plain from "adjoint/plain";
 * plain.hessian(([x, y]: [number, number]) => { "use adjoint"; return x * x * y; })([2, 3]); // [[6, 4], [4, 0]]
 */
export function hessian<A extends unknown[], const N extends number = 0>(
  f: (...args: A) => number,
  argnum?: N,
  ...more: []
): (...args: A) => Over<A[N], A[N]> {
  refuseMore("hessian", 2, more);
  checkFunction("hessian", "the first argument", f);
  return (...args) => {
    const flat = flatOf("hessian", f, argnum ?? 0, args);
    return flat.hessian(hessianOfArrays(flat.scalar)(flat.start)) as Over<A[N], A[N]>;
  };
}
