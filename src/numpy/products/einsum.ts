/**
 * @file `einsum` and `einsumPath`: sums of products given by subscripts, `"ij,jk->ik"`.
 *
 * Repeated labels take diagonals, "..." stands for broadcast axes, a missing "->" sorts the labels that occur once.
 * Source: NumPy's einsum; contractions in contraction.ts.
 */
import { together } from "../../core/deferral.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, isTypedArray } from "../../dtypes/dtype.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import { range } from "../../base/util.ts";
import { settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import { isPlainObject } from "../../arguments/rest.ts";
import * as p from "../operands/parameters.ts";
import {
  type Labelled,
  type LabelSizes,
  type Path,
  contract,
  contractionPath,
  labelSizes,
  pathCost,
  takeDiagonals,
} from "./contraction.ts";

const einsumParams = [
  /** The order of contractions: searched for ("auto", "optimal", "greedy"), left to right (false), or given as pairs. */
  param<[optimize: boolean | "auto" | "optimal" | "greedy" | Path]>()("optimize", "auto"),
  param<[preferredElementType: DType | null]>()("preferredElementType", null),
  p.precision,
  p.out,
] as const;
const einsumSignature = signature("einsum", 0, [], einsumParams);
const pathSignature = signature("einsumPath", 0, [], einsumParams);
/** Options of `einsum` and `einsumPath`. */
export type EinsumOptions = OptionsOf<typeof einsumParams>;

/** Labels of axes, by number, as NumPy's other form of einsum has them: `einsum(x, [0, 1], y, [1, 2], [0, 2])`. */
export type Sublist = readonly (number | "...")[];
type EinsumArg = ArrayLike | Sublist | EinsumOptions | undefined;

interface Expression {
  readonly operands: readonly Labelled[];
  readonly out: readonly string[];
  readonly sizes: LabelSizes;
}

const ellipsis = "...";

/** "ij..." as labels; the ellipsis is one of them. */
function parseTerm(term: string): string[] {
  const labels: string[] = [];
  for (let i = 0; i < term.length; i++) {
    if (term.startsWith(ellipsis, i)) {
      labels.push(ellipsis);
      i += 2;
    } else if (/[A-Za-z]/.test(term[i])) labels.push(term[i]);
    else
      throw new ArgumentError(
        `einsum: '${term[i]}' is no subscript; expected letters, "..." , "," and "->".`,
      );
  }
  return labels;
}

interface Terms {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[] | null;
}

function parseSubscripts(subscripts: string): Terms {
  const [left, right, ...more] = subscripts.replace(/\s/g, "").split("->");
  if (more.length > 0) throw new ArgumentError(`einsum: '${subscripts}' has more than one "->".`);
  return { inputs: left.split(",").map(parseTerm), output: right === undefined ? null : parseTerm(right) };
}

const isSublist = (x: unknown): x is Sublist => Array.isArray(x) && !isTypedArray(x);

/** Labels by number; padded so that they sort by number. */
const sublistTerm = (s: Sublist): string[] =>
  s.map((l) => (l === ellipsis ? ellipsis : String(l).padStart(3, "0")));

function splitArgs(first: string | ArrayLike, rest: readonly EinsumArg[]): [Terms, ArrayLike[]] {
  if (typeof first === "string") return [parseSubscripts(first), rest as ArrayLike[]];
  const all = [first, ...rest];
  const inputs: string[][] = [];
  const operands: ArrayLike[] = [];
  let i = 0;
  for (; i + 1 < all.length; i += 2) {
    const labels = all[i + 1];
    if (!isSublist(labels)) throw new ArgumentError("einsum: expected a list of labels after each operand.");
    operands.push(all[i] as ArrayLike);
    inputs.push(sublistTerm(labels));
  }
  const last = all[i];
  return [{ inputs, output: isSublist(last) ? sublistTerm(last) : null }, operands];
}

/** Names for the axes that an ellipsis stands for, counted from the last. */
function spellOut(labels: readonly string[], ndim: number, where: string): string[] {
  const at = labels.indexOf(ellipsis);
  if (labels.lastIndexOf(ellipsis) !== at) throw new ArgumentError(`${where}: a term can hold "..." once.`);
  const count = ndim - (at === -1 ? labels.length : labels.length - 1);
  if (count < 0 || (at === -1 && count > 0)) {
    throw new ShapeError(
      `${where}: ${labels.length} subscripts '${labels.join("")}' for an array of ${ndim} dimensions.`,
    );
  }
  if (at === -1) return [...labels];
  const named = range(count).map((i) => `${ellipsis}${count - 1 - i}`);
  return [...labels.slice(0, at), ...named, ...labels.slice(at + 1)];
}

function implicitOutput(inputs: readonly (readonly string[])[]): string[] {
  const all = inputs.flat();
  const dots = [...new Set(all.filter((l) => l.startsWith(ellipsis)))].sort(
    (a, b) => dotIndex(b) - dotIndex(a),
  );
  const once = all.filter((l) => !l.startsWith(ellipsis) && all.indexOf(l) === all.lastIndexOf(l));
  return [...dots, ...once.sort((a, b) => (a < b ? -1 : 1))];
}

const dotIndex = (label: string): number => Number(label.slice(ellipsis.length));

function parseEinsum(where: string, first: string | ArrayLike, rest: readonly EinsumArg[]): Expression {
  const [{ inputs, output }, args] = splitArgs(first, rest);
  if (inputs.length !== args.length) {
    throw new ArgumentError(
      `${where}: subscripts for ${inputs.length} operands, but ${args.length} operands given.`,
    );
  }
  if (args.length === 0) throw new ArgumentError(`${where}: expected at least one operand; got none.`);
  const arrays = promote(where, ...args.map((x) => asArray(x, where)));
  const operands = arrays.map((x, i) => ({ x, labels: spellOut(inputs[i], x.ndim, where) }));
  const labels = operands.map((o) => o.labels);
  const sizes = labelSizes(
    operands,
    () => true,
    (label, known, size) =>
      `${where}: label '${label}' has sizes ${known} and ${size} (shapes ${arrays.map((x) => shapeString(x.shape)).join(", ")}).`,
  );
  const implicit = implicitOutput(labels);
  const dots = implicit.filter((l) => l.startsWith(ellipsis));
  const out = output === null ? implicit : output.flatMap((l) => (l === ellipsis ? dots : [l]));
  for (const l of out) {
    if (!sizes.has(l)) throw new ArgumentError(`${where}: output subscript '${l}' is in no operand.`);
    if (out.indexOf(l) !== out.lastIndexOf(l))
      throw new ArgumentError(`${where}: output subscript '${l}' appears twice.`);
  }
  return { operands, out, sizes };
}

type EinsumValues = Values<typeof einsumParams>;

function findPath({ operands, out, sizes }: Expression, { optimize }: EinsumValues): Path {
  const terms = operands.map((o) => o.labels);
  if (Array.isArray(optimize)) return (optimize as readonly unknown[]).filter((s) => Array.isArray(s));
  if (optimize === false)
    return range(Math.max(0, terms.length - 1)).map((i) => (i === 0 ? [0, 1] : [0, terms.length - 1 - i]));
  const method = optimize === "optimal" || optimize === "greedy" ? optimize : "auto";
  return contractionPath(terms, out, sizes, method);
}

/** The expression that arguments stand for, and the options behind them. */
function readArgs(
  s: typeof einsumSignature,
  subscripts: string | ArrayLike,
  args: readonly EinsumArg[],
): [Expression, EinsumValues] {
  const last = args[args.length - 1];
  const values = settle(s, isPlainObject(last) ? [last] : []);
  return [parseEinsum(s.name, subscripts, isPlainObject(last) ? args.slice(0, -1) : args), values];
}

/**
 * Sums of products of the operands' axes. Every product of two operands is one dotGeneral.
 * @throws ArgumentError, ShapeError for subscripts that do not fit the operands
 * @see jax.numpy.einsum
 * @example
 * const a = np.array([[1, 2], [3, 4]]);
 * np.einsum("ij,jk->ik", a, a).js(); // [[7, 10], [15, 22]] — the matrix product
 * np.einsum("ii->i", a).js(); // [1, 4] — the diagonal
 */
export function einsum(subscripts: string | ArrayLike, ...operands: readonly EinsumArg[]): NDArray {
  const [e, values] = readArgs(einsumSignature, subscripts, operands);
  const path = e.operands.length === 1 ? [[0]] : findPath(e, values);
  return together(() =>
    contract(e.operands.map(takeDiagonals), e.out, e.sizes, path, values.preferredElementType),
  );
}

/**
 * The order in which `einsum` contracts, as pairs of positions in the shrinking list of operands, and a report.
 * @throws ArgumentError, ShapeError for subscripts that do not fit the operands
 * @see jax.numpy.einsum_path
 * @example
 * np.einsumPath("ij,jk,k", np.ones([2, 3]), np.ones([3, 4]), np.ones([4]))[0]; // [[1, 2], [0, 1]]
 */
export function einsumPath(
  subscripts: string | ArrayLike,
  ...operands: readonly EinsumArg[]
): [Path, string] {
  const [e, values] = readArgs(pathSignature, subscripts, operands);
  const path = findPath(e, values);
  const terms = e.operands.map((o) => o.labels);
  const naive = [...e.sizes.values()].reduce((n, d) => n * d, 1) * Math.max(1, terms.length - 1);
  const report =
    `  Naive multiplications:      ${naive}\n` +
    `  Multiplications by path:    ${pathCost(path, terms, e.out, e.sizes)}\n` +
    `  Path:                       ${path.map((step) => `(${step.join(", ")})`).join(" ")}`;
  return [path, report];
}
