/**
 * @file The loop IR: one small imperative language between the primitives' lowerings and the code generators.
 *
 * Where expressions, buffers, variables and blocks stand in each kind of statement is told once, in traverse.ts: a new
 * kind needs an entry there, its text in print.ts, its rule in check.ts, and each emitter.
 *
 * Invariants, checked by check.ts and by the interpreter: locals are bound before use and in scope; the index of
 * every load and store lies within its buffer, even where a `select` discards the value (so `select` may be strict);
 * dtypes of operands agree. Index expressions are int32 and never negative under `idiv` and `imod`.
 */
import type { CallSite, Source } from "../../base/source.ts";
import type { DType, Scalar, TypedArray } from "../../dtypes/dtype.ts";
import type { OpName } from "./scalar.ts";

/*
 * The grammar (docs/loop-ir.md shows it, too):
 *
 *   program ::= (param…) stmt… → (buffer… expr…)      params are buffers (arrays) or locals (0-d values)
 *   stmt    ::= let x = e            an immutable local
 *             | var x = e            a mutable local
 *             | x := e               assignment
 *             | x op= e              accumulation, op ∈ {add, mul, min, max, and, or, xor}
 *             | b[e] := e            store
 *             | alloc b              a temporary buffer, its content not defined
 *             | for x in e … e by n { stmt… }
 *             | while e { stmt… }
 *             | if e { stmt… } else { stmt… }
 *             | b[e] := e + Σ e · e then { stmt… }   a contraction over four variables: contract.ts writes it as loops
 *             | b… := host f(b…)      a call of the host, which may do anything
 *             | tile                  a product of packed panels (WebAssembly only): emit/wasm/packed.ts
 *   expr    ::= constant | x | b[e] | op(e…) | cast<dtype>(e) | bits<dtype>(e) | f(e…)
 *             | n·e + … + n          an affine index
 *   f       ::= fn (x…) stmt… → e    a scalar function
 */

/**
 * What a statement was written for, and of which operation an expression is the result: where the user's lines are recorded
 * (`config.values.sourceLines`), and in no other program.
 */
export interface Origin {
  readonly operation: string;
  readonly source: Source;
  /** Its statements do more than to compute elements of the result: those between are the operation's own. */
  readonly routine?: boolean;
}

/** What variables and buffers hold, by their ids: the argument of that name, or the result of that operation. */
export type Meanings = ReadonlyMap<number, string | Origin>;

/** A flat array of one dtype. `size` is in elements. */
export interface Buffer {
  readonly kind: "buffer";
  readonly id: number;
  readonly name: string;
  readonly dtype: DType;
  readonly size: number;
  /** Each iteration of the loop around its uses writes what it reads of it: threads have one each. */
  readonly perThread?: boolean;
}

export interface Const {
  readonly kind: "const";
  readonly dtype: DType;
  readonly value: Scalar;
}

/** A scalar variable. Loop variables and others with a known range carry it (both ends included). */
export interface Local {
  readonly kind: "local";
  readonly id: number;
  readonly name: string;
  readonly dtype: DType;
  readonly lo: number;
  readonly hi: number;
}

export interface Affine {
  readonly kind: "affine";
  readonly dtype: "int32";
  /** Sorted by key; coefficients are not 0; no term is itself affine or constant. */
  readonly terms: readonly AffineTerm[];
  readonly offset: number;
}

export interface AffineTerm {
  readonly atom: Expr;
  readonly key: string;
  readonly factor: number;
}

export interface Load {
  readonly kind: "load";
  readonly dtype: DType;
  readonly buffer: Buffer;
  readonly index: Expr;
  readonly origin?: Origin;
}

export interface Op {
  readonly kind: "op";
  readonly dtype: DType;
  readonly op: OpName;
  readonly args: readonly Expr[];
  readonly origin?: Origin;
}

/** Conversion of the value, or reinterpretation of the bits (equal widths only). */
export interface Cast {
  readonly kind: "cast" | "bits";
  readonly dtype: DType;
  readonly arg: Expr;
  readonly origin?: Origin;
}

export interface Call {
  readonly kind: "call";
  readonly dtype: DType;
  readonly fn: ScalarFunction;
  readonly args: readonly Expr[];
  readonly origin?: Origin;
}

export type Expr = Const | Local | Affine | Load | Op | Cast | Call;

/** A function of scalars, with control flow of its own. */
export interface ScalarFunction {
  readonly name: string;
  readonly params: readonly Local[];
  readonly body: readonly Stmt[];
  readonly result: Expr;
}

export type AccumulateOp = "add" | "mul" | "min" | "max" | "and" | "or" | "xor";

export interface Store {
  readonly kind: "store";
  readonly buffer: Buffer;
  readonly index: Expr;
  readonly value: Expr;
}

export interface For {
  readonly kind: "for";
  readonly local: Local;
  readonly lo: Expr;
  readonly hi: Expr;
  readonly step: number;
  readonly body: readonly Stmt[];
  /** Iterations are known to be independent. */
  readonly parallel?: boolean;
}

export interface While {
  readonly kind: "while";
  readonly test: Expr;
  readonly body: readonly Stmt[];
}

export interface If {
  readonly kind: "if";
  readonly test: Expr;
  readonly then: readonly Stmt[];
  readonly else: readonly Stmt[];
}

export type Stmt = (
  | { readonly kind: "let" | "var" | "set"; readonly local: Local; readonly value: Expr }
  | { readonly kind: "accumulate"; readonly local: Local; readonly op: AccumulateOp; readonly value: Expr }
  | Store
  | { readonly kind: "alloc"; readonly buffer: Buffer }
  | For
  | While
  | If
  | Contract
  | Tile
  | Host
) & { readonly origin?: Origin };

/**
 * A call of the host: it is given the data of the buffers read, its own to keep, and gives those of the buffers written. It may do
 * anything, so calls keep their order, and loops around them are run as they stand.
 */
export interface Host {
  readonly kind: "host";
  readonly call: HostCall;
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
}

export interface HostCall {
  readonly name: string;
  /** Where the user wrote it. */
  readonly site: CallSite;
  /** It reads no buffer and runs no program: nothing is made ready for it, and threads may share the loops beside it. */
  readonly light?: boolean;
  run(inputs: readonly TypedArray[]): readonly TypedArray[];
}

/**
 * buffer[index] := base + Σₖ x·y for every value of the variables `batch`, `row` and `column`: `x` does not depend on `column`,
 * nor `y` on `row`. All are of the dtype `sum`, in which products are added up; the result is converted to the buffer's.
 *
 * Variables take all values from 0 on, or those of a range (`rowLo` … `rowHi` − 1, say) that is known when the contraction
 * runs, and not negative in length. `x` and `y` read no element that is written, `base` at most the one that it is for: so blocks
 * of one matrix may be updated by products of others.
 */
export interface Contract {
  readonly kind: "contract";
  readonly batch: Local;
  readonly row: Local;
  readonly column: Local;
  readonly inner: Local;
  readonly x: Expr;
  readonly y: Expr;
  readonly base?: Expr;
  readonly rowLo?: Expr;
  readonly rowHi?: Expr;
  readonly columnLo?: Expr;
  readonly columnHi?: Expr;
  readonly innerLo?: Expr;
  readonly innerHi?: Expr;
  readonly sum: DType;
  readonly buffer: Buffer;
  readonly index: Expr;
  /** A loop over the rows, around one over the columns: what is done for each once its element is there. */
  readonly epilogue?: readonly [For & { readonly body: readonly [For] }];
  readonly origin?: Origin;
}

/**
 * A block of `rows` × `columns` of the buffer, whose rows lie `stride` elements apart, becomes (or, unless `first`, is
 * increased by) the product of `length` steps: `rows` elements of a and the `columns` of a packed panel of b at each. Elements
 * of a are packed likewise unless there is `aRow`: then those of a row are adjacent, and rows so far apart.
 */
export interface Tile {
  readonly kind: "tile";
  readonly rows: number;
  readonly columns: number;
  readonly length: Expr;
  readonly first: Expr;
  readonly a: Buffer;
  readonly aIndex: Expr;
  readonly aRow?: Expr;
  readonly b: Buffer;
  readonly bIndex: Expr;
  readonly buffer: Buffer;
  readonly index: Expr;
  readonly stride: number;
}

/** A compiled unit. Array outputs are written into `outs`; 0-d outputs are the values of `results`. */
export interface Program {
  readonly name: string;
  readonly params: readonly (Buffer | Local)[];
  readonly outs: readonly Buffer[];
  readonly body: readonly Stmt[];
  readonly results: readonly Expr[];
  /** What the last of the parameters hold in every call. */
  readonly constants?: readonly TypedArray[];
  /** Where the user's lines are recorded. */
  readonly meanings?: Meanings;
}

/** What a program is called with, and what it gives: all that is needed to run a module that was made of it. */
export interface Border extends Pick<Program, "params" | "outs" | "constants"> {
  readonly results: readonly { readonly dtype: DType }[];
}

/** The value of a constant that is no 64-bit integer: an index, a bound, a truth value, a float. */
export const numberOf = (c: Const): number => c.value as number;

/** The iterations of a loop that counts by 1 from 0 to a constant; null for others. */
export const plainExtent = ({ lo, hi, step }: For): number | null =>
  lo.kind === "const" && lo.value === 0 && hi.kind === "const" && step === 1 ? numberOf(hi) : null;

let nextId = 0;

export function newBuffer(name: string, dtype: DType, size: number, perThread = false): Buffer {
  return { kind: "buffer", id: nextId++, name, dtype, size, ...(perThread ? { perThread } : {}) };
}

export function newLocal(name: string, dtype: DType, lo = -Infinity, hi = Infinity): Local {
  return { kind: "local", id: nextId++, name, dtype, lo, hi };
}
