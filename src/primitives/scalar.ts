/** @file The builder of kernels: scalars with methods, and arrays that are read at an index. */
import { checkFunction, checkListOf, checkWhole, show } from "../base/checks.ts";
import { ArgumentError, DTypeError } from "../base/errors.ts";
import type { ShapedArray } from "../core/aval.ts";
import { type DType, isBool, isComplex, isFloat, isInteger, isWide, toDType } from "../dtypes/dtype.ts";
import type { OpName } from "../loops/ir/scalar.ts";
import { type Node, type Variable, castNode, constantNode, operation } from "./nodes.ts";

/** What kernels compute with: a scalar, or a number that takes the dtype of what it meets. */
export type ScalarLike = KernelScalar | number | boolean;

/** A scalar of a kernel. Its methods make others; nothing is computed while a kernel is written down. */
export class KernelScalar {
  readonly node: Node;

  constructor(node: Node) {
    this.node = node;
  }

  get dtype(): DType {
    return this.node.dtype;
  }

  #with(op: OpName, y: ScalarLike, allowed: (d: DType) => boolean, what: string): KernelScalar {
    const other = scalarNode(y, this.dtype, op);
    if (other.dtype !== this.dtype)
      throw new DTypeError(`kernel: ${op} of ${this.dtype} and ${other.dtype}; convert one with astype.`);
    return this.#checked(op, [this.node, other], allowed, what);
  }

  #checked(op: OpName, args: readonly Node[], allowed: (d: DType) => boolean, what: string): KernelScalar {
    if (!allowed(this.dtype)) throw new DTypeError(`kernel: ${op} takes ${what}; got ${this.dtype}.`);
    return new KernelScalar(operation(op, ...args));
  }

  #number(op: OpName, y: ScalarLike): KernelScalar {
    return this.#with(op, y, (d) => !isBool(d), "numbers");
  }

  #compare(op: OpName, y: ScalarLike): KernelScalar {
    return this.#with(op, y, () => true, "scalars");
  }

  #logic(op: OpName, y: ScalarLike): KernelScalar {
    return this.#with(op, y, (d) => isBool(d) || isInteger(d), "truth values and integers");
  }

  #float(op: OpName): KernelScalar {
    return this.#checked(op, [this.node], isFloat, "floating-point numbers");
  }

  add(y: ScalarLike): KernelScalar {
    return this.#number("add", y);
  }
  sub(y: ScalarLike): KernelScalar {
    return this.#number("sub", y);
  }
  mul(y: ScalarLike): KernelScalar {
    return this.#number("mul", y);
  }
  /** Of integers, the quotient towards zero. */
  div(y: ScalarLike): KernelScalar {
    return this.#number("div", y);
  }
  /** The remainder of `div`, of the sign of the dividend. */
  rem(y: ScalarLike): KernelScalar {
    return this.#with("rem", y, (d) => isInteger(d), "integers");
  }
  pow(y: ScalarLike): KernelScalar {
    return this.#with("pow", y, isFloat, "floating-point numbers");
  }
  atan2(x: ScalarLike): KernelScalar {
    return this.#with("atan2", x, isFloat, "floating-point numbers");
  }
  min(y: ScalarLike): KernelScalar {
    return this.#number("min", y);
  }
  max(y: ScalarLike): KernelScalar {
    return this.#number("max", y);
  }
  neg(): KernelScalar {
    return this.#checked("neg", [this.node], (d) => !isBool(d), "numbers");
  }
  abs(): KernelScalar {
    return this.#checked("abs", [this.node], (d) => !isBool(d), "numbers");
  }
  sign(): KernelScalar {
    return this.#checked("sign", [this.node], (d) => !isBool(d), "numbers");
  }
  floor(): KernelScalar {
    return this.#float("floor");
  }
  ceil(): KernelScalar {
    return this.#float("ceil");
  }
  /** To the nearest whole number, halves to even ones. */
  round(): KernelScalar {
    return this.#float("roundEven");
  }
  exp(): KernelScalar {
    return this.#float("exp");
  }
  expm1(): KernelScalar {
    return this.#float("expm1");
  }
  log(): KernelScalar {
    return this.#float("log");
  }
  log1p(): KernelScalar {
    return this.#float("log1p");
  }
  sqrt(): KernelScalar {
    return this.#float("sqrt");
  }
  cbrt(): KernelScalar {
    return this.#float("cbrt");
  }
  sin(): KernelScalar {
    return this.#float("sin");
  }
  cos(): KernelScalar {
    return this.#float("cos");
  }
  tan(): KernelScalar {
    return this.#float("tan");
  }
  asin(): KernelScalar {
    return this.#float("asin");
  }
  acos(): KernelScalar {
    return this.#float("acos");
  }
  atan(): KernelScalar {
    return this.#float("atan");
  }
  sinh(): KernelScalar {
    return this.#float("sinh");
  }
  cosh(): KernelScalar {
    return this.#float("cosh");
  }
  tanh(): KernelScalar {
    return this.#float("tanh");
  }
  asinh(): KernelScalar {
    return this.#float("asinh");
  }
  acosh(): KernelScalar {
    return this.#float("acosh");
  }
  atanh(): KernelScalar {
    return this.#float("atanh");
  }
  equal(y: ScalarLike): KernelScalar {
    return this.#compare("eq", y);
  }
  notEqual(y: ScalarLike): KernelScalar {
    return this.#compare("ne", y);
  }
  less(y: ScalarLike): KernelScalar {
    return this.#compare("lt", y);
  }
  lessEqual(y: ScalarLike): KernelScalar {
    return this.#compare("le", y);
  }
  greater(y: ScalarLike): KernelScalar {
    return this.#compare("gt", y);
  }
  greaterEqual(y: ScalarLike): KernelScalar {
    return this.#compare("ge", y);
  }
  and(y: ScalarLike): KernelScalar {
    return this.#logic("and", y);
  }
  or(y: ScalarLike): KernelScalar {
    return this.#logic("or", y);
  }
  not(): KernelScalar {
    return this.#checked("not", [this.node], (d) => isBool(d) || isInteger(d), "truth values and integers");
  }
  /** `x` where this is true, otherwise `y`. Both are computed. */
  where(x: ScalarLike, y: ScalarLike): KernelScalar {
    if (!isBool(this.dtype)) throw new DTypeError(`kernel: where takes a truth value; got ${this.dtype}.`);
    const like = x instanceof KernelScalar ? x.dtype : y instanceof KernelScalar ? y.dtype : "float64";
    const [a, b] = [scalarNode(x, like, "where"), scalarNode(y, like, "where")];
    if (a.dtype !== b.dtype)
      throw new DTypeError(`kernel: where of ${a.dtype} and ${b.dtype}; convert one with astype.`);
    return new KernelScalar(operation("select", this.node, a, b));
  }
  /** The value in another dtype. */
  astype(dtype: DType): KernelScalar {
    const to = toDType(dtype, "kernel: astype");
    checkReal(to);
    return new KernelScalar(castNode(this.node, to));
  }
  /** Scalars of kernels have no numbers: operators and `Math` would lose what they stand for. */
  [Symbol.toPrimitive](): never {
    throw new ArgumentError(
      "kernel: a scalar of a kernel has no number while the kernel is written down; use its methods: x.mul(y), x.less(y).where(…).",
    );
  }
}

/** @throws DTypeError for complex numbers */
export function checkReal(dtype: DType): void {
  if (isComplex(dtype))
    throw new DTypeError(
      `kernel: kernels compute with real numbers; got ${dtype}. Pass the parts, np.real(x) and np.imag(x).`,
    );
}

/** A scalar, or a number in a dtype. */
export function scalarNode(x: unknown, dtype: DType, where: string): Node {
  if (x instanceof KernelScalar) return x.node;
  if (typeof x === "boolean" && isBool(dtype)) return constantNode(x ? 1 : 0, "bool");
  if (typeof x === "number" && !isBool(dtype)) {
    if (isInteger(dtype) && !Number.isInteger(x))
      throw new DTypeError(`kernel: ${where} of ${dtype} and ${x}; convert to a float with astype first.`);
    return constantNode(isWide(dtype) ? BigInt(x) : x, dtype);
  }
  throw new ArgumentError(`kernel: ${where}: expected a scalar of the kernel or a number; got ${show(x)}.`);
}

/** An operand of a kernel. */
export class KernelArray {
  readonly #input: number;
  readonly #aval: ShapedArray;

  constructor(input: number, aval: ShapedArray) {
    this.#input = input;
    this.#aval = aval;
  }

  get shape(): readonly number[] {
    return this.#aval.shape;
  }
  get dtype(): DType {
    return this.#aval.dtype;
  }
  get ndim(): number {
    return this.#aval.ndim;
  }

  /** The element at an index, one int32 for each axis; outside of the array it is zero. */
  at(...index: readonly (KernelScalar | number)[]): KernelScalar {
    const { ndim, dtype } = this.#aval;
    if (index.length !== ndim)
      throw new ArgumentError(`kernel: at: the operand has ${ndim} axes; got ${index.length} indices.`);
    const nodes = index.map((i) => scalarNode(i, "int32", "an index"));
    for (const node of nodes)
      if (node.dtype !== "int32")
        throw new DTypeError(
          `kernel: at: an index must be int32; got ${node.dtype}. Convert it with astype("int32").`,
        );
    return new KernelScalar({ kind: "read", dtype, input: this.#input, index: nodes });
  }
}

/**
 * The sum of `term(k)` for k = 0 … n − 1, in a kernel.
 * @param n a number, known when the kernel is written down
 * @throws ArgumentError unless `n` is a whole number and `term` gives a scalar of the kernel
 * @see jax.numpy.sum
 * @example
 * import { kernel, sumOver } from "adjoint/primitives";
 * const smooth = kernel({ name: "smooth", at: ([i], x) => sumOver(3, (k) => x.at(i.add(k))) });
 * smooth(np.array([1, 2, 3, 4])); // Array([6., 9., 7., 4.])
 */
export function sumOver(
  n: number,
  term: (k: KernelScalar) => KernelScalar,
  ...more: readonly unknown[]
): KernelScalar {
  if (more.length > 0) throw new ArgumentError("sumOver: takes at most 2 arguments.");
  checkWhole("sumOver", "the number of terms", n);
  checkFunction("sumOver", "the term", term);
  const variable: Variable = { kind: "variable", dtype: "int32", extent: n, name: "k" };
  const body: unknown = term(new KernelScalar(variable));
  if (!(body instanceof KernelScalar))
    throw new ArgumentError(`sumOver: expected a scalar of the kernel as the term; got ${show(body)}.`);
  if (isBool(body.dtype))
    throw new DTypeError("sumOver: terms must be numbers; got bool. Convert them with astype.");
  return new KernelScalar({ kind: "sum", dtype: body.dtype, variable, body: body.node });
}

/** Lists of which callbacks take the first few apart: these are taken to be there. */
export type Several<T> = readonly [T, T, T, T, T, T, T, T, ...T[]];

/** The values that a kernel gives, of its outputs' dtypes. */
export function resultNodes(name: string, given: unknown, outs: readonly ShapedArray[]): Node[] {
  const list: unknown = given instanceof KernelScalar || typeof given === "number" ? [given] : given;
  checkListOf(name, "what the kernel returns", list);
  if (list.length !== outs.length)
    throw new ArgumentError(`${name}: the kernel must return ${outs.length} scalars; got ${list.length}.`);
  return list.map((x, i) => {
    const node = scalarNode(x, outs[i].dtype, `${name}: result ${i}`);
    if (node.dtype !== outs[i].dtype)
      throw new DTypeError(
        `${name}: the kernel returns ${node.dtype} as result ${i}; expected ${outs[i].dtype}.`,
      );
    return node;
  });
}
