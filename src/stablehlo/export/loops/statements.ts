/**
 * @file The statements of loop programs: what becomes lanes, what is selected under a mask, and what is a `while` or a `case`.
 */
import { shaped } from "../../../core/aval.ts";
import type { HloValue } from "../../../core/hlo.ts";
import { ArgumentError } from "../../../base/errors.ts";
import { invariant } from "../../../base/util.ts";
import { isub, rangeOf } from "../../../loops/ir/affine.ts";
import { apply } from "../../../loops/ir/build.ts";
import { type ContractVariable, contractLoops, rangeOfVariable } from "../../../loops/ir/contract.ts";
import {
  type AccumulateOp,
  type Buffer,
  type Contract,
  type Expr,
  type For,
  type Local,
  type Program,
  type Stmt,
  numberOf,
} from "../../../loops/ir/ir.ts";
import { independent } from "../../../loops/passes/independence.ts";
import type { Body } from "../module.ts";
import { storeElements } from "./access.ts";
import { outsideOf, reduceLanes, runFor, runIf, runWhile, spreadBoth } from "./control.ts";
import { type Lane, Scope, type Stored } from "./lanes.ts";
import { compare, convert, neutral, scalarOperation } from "./scalars.ts";
import { numbersText } from "../types.ts";

/** So many elements may a value along lanes have. */
const maxElements = 2 ** 24;

export function runStatements(stmts: readonly Stmt[], scope: Scope): void {
  for (const s of stmts) step(s, scope);
}

function step(s: Stmt, scope: Scope): void {
  switch (s.kind) {
    case "let":
    case "var":
      scope.locals.set(s.local.id, scope.evaluate(s.value));
      return;
    case "set":
      assign(scope, s.local, scope.evaluate(s.value));
      return;
    case "accumulate":
      accumulate(scope, s.local, s.op, scope.evaluate(s.value));
      return;
    case "store":
      storeElements(scope, s);
      return;
    case "alloc":
      allocate(scope, s.buffer);
      return;
    case "for":
      if (!asLanes(s, scope)) runFor(s, scope);
      return;
    case "while":
      runWhile(s, scope);
      return;
    case "if":
      runIf(s, scope);
      return;
    case "contract":
      if (!asProduct(s, scope)) runStatements(contractLoops(s), scope);
      return;
    case "host":
      throw new ArgumentError(
        `toStablehlo: the program calls the host (${s.call.name}, ${String(s.call.site)}), which the system that runs it elsewhere ` +
          `cannot. Leave the call out of what is exported.`,
      );
    case "tile":
      invariant(false, "tiles are written for WebAssembly alone");
  }
}

/** A copy for each lane. What it holds is not defined: zeros. */
function allocate(scope: Scope, buffer: Buffer): void {
  const depth = scope.lanes.length;
  const size = buffer.size * scope.shape.reduce((n, d) => n * d, 1);
  scope.buffers.set(buffer.id, { value: scope.b.constant(0, shaped([size], buffer.dtype)), depth });
}

function assign(scope: Scope, local: Local, value: HloValue): void {
  const old = scope.locals.get(local.id);
  invariant(old !== undefined, `${local.name} is assigned before it is there`);
  scope.locals.set(local.id, scope.merge(value, old));
}

/** One more operand for an accumulator: of lanes that it does not have, the sum over them. */
function accumulate(scope: Scope, local: Local, op: AccumulateOp, value: HloValue): void {
  const old = scope.locals.get(local.id);
  invariant(old !== undefined, `${local.name} is accumulated before it is there`);
  const depth = scope.sums.get(local.id);
  if (depth === undefined || depth >= scope.lanes.length) {
    const [x, y] = spreadBoth(scope, old, value);
    assign(scope, local, scalarOperation(scope.b, op, [x, y]));
    return;
  }
  const { b } = scope;
  const all = scope.spread(value);
  const silent = b.constant(neutral(op, local.dtype), all.type);
  const valid = scope.mask === null ? all : b.op("select", [scope.mask, all, silent], all.type);
  const sum = reduceLanes(scope, valid, op, depth);
  const [x, y] = [old, sum].map((v) => scope.along(v, depth));
  scope.locals.set(local.id, scalarOperation(b, op, [x, y]));
}

/** The most iterations that a loop may have, if that is known. */
function mostIterations(s: For): number {
  const span = rangeOf(isub(s.hi, s.lo))[1];
  const byEnds = rangeOf(s.hi)[1] - rangeOf(s.lo)[0];
  return Math.max(0, Math.ceil(Math.min(span, byEnds) / s.step));
}

/** A loop as a lane axis, if its iterations are independent but for sums. */
function asLanes(s: For, scope: Scope): boolean {
  const count = mostIterations(s);
  const elements = scope.shape.reduce((n, d) => n * d, count);
  if (!Number.isFinite(count) || count === 0 || elements > maxElements) return false;
  const outside = outsideOf(s.body);
  const sums = [...outside.accumulated];
  if (outside.assigned.size > 0 || sums.some((l) => outside.read.has(l.id))) return false;
  if (!independent(s, outside.own)) return false;
  const lo = scope.evaluate(s.lo);
  const hi = scope.evaluate(s.hi);
  const start = s.lo.kind === "const" ? numberOf(s.lo) : null;
  const exact = start !== null && s.hi.kind === "const";
  const lane: Lane = { count, local: s.local, start, step: s.step };
  const lanes = [...scope.lanes, lane];
  const depths = sums.map((l) => [l.id, scope.sums.get(l.id) ?? scope.lanes.length] as const);
  const inner = new Map([...scope.sums, ...depths]);
  const wide = new Scope(scope.b, scope.run, lanes, null, scope.locals, scope.buffers, inner);
  const steps = wide.b.op("iota", [], shaped(wide.shape, "int32"), {
    attributes: { iota_dimension: lanes.length - 1 },
  });
  const scaled =
    s.step === 1 ? steps : wide.b.op("multiply", [steps, wide.b.constant(s.step, steps.type)], steps.type);
  const value = start === 0 ? scaled : wide.b.op("add", [scaled, wide.spread(lo)], scaled.type);
  scope.locals.set(s.local.id, value);
  let mask = scope.mask === null ? null : wide.spread(scope.mask);
  if (!exact) mask = wide.both(mask, compare(wide.b, "LT", value, wide.spread(hi)));
  runStatements(s.body, wide.masked(mask));
  return true;
}

/** A contraction outside of all lanes as a product of two tensors: of whole ones, with zeros outside of ranges. */
function asProduct(s: Contract, scope: Scope): boolean {
  if (scope.lanes.length > 0) return false;
  const { b } = scope;
  const size = (...locals: readonly Local[]): number => locals.reduce((n, l) => n * (l.hi + 1), 1);
  if (Math.max(size(s.batch, s.row, s.inner), size(s.batch, s.column, s.inner)) > maxElements) return false;
  const along = (variables: readonly ContractVariable[], f: (wide: Scope) => HloValue): HloValue => {
    const lanes = variables.map((v): Lane => ({ count: s[v].hi + 1, local: s[v], start: 0, step: 1 }));
    const wide = new Scope(b, scope.run, lanes, null, new Map(scope.locals), scope.buffers);
    let mask = scope.mask === null ? null : wide.spread(scope.mask);
    variables.forEach((v, k) => {
      const iota = b.op("iota", [], shaped(wide.shape, "int32"), { attributes: { iota_dimension: k } });
      wide.locals.set(s[v].id, iota);
      const [lo, hi] = rangeOfVariable(s, v);
      const limit = (e: Expr): HloValue => wide.spread(scope.evaluate(e));
      if (lo.kind !== "const" || lo.value !== 0) mask = wide.both(mask, compare(b, "GE", iota, limit(lo)));
      if (hi.kind !== "const" || hi.value !== s[v].hi + 1)
        mask = wide.both(mask, compare(b, "LT", iota, limit(hi)));
    });
    return f(wide.masked(mask));
  };
  const operand = (variables: readonly ContractVariable[], e: Expr): HloValue =>
    along(variables, (wide) => {
      const value = wide.spread(convert(b, wide.evaluate(e), s.sum));
      return wide.merge(value, b.constant(0, value.type));
    });
  const x = operand(["batch", "row", "inner"], s.x);
  const y = operand(["batch", "column", "inner"], s.y);
  const shape = [s.batch, s.row, s.column].map((l) => l.hi + 1);
  const product = b.op("dot_general", [x, y], shaped(shape, s.sum), {
    attributes: {
      dot_dimension_numbers: numbersText("dot", {
        lhs_batching_dimensions: [0],
        rhs_batching_dimensions: [0],
        lhs_contracting_dimensions: [2],
        rhs_contracting_dimensions: [2],
      }),
    },
  });
  along(["batch", "row", "column"], (wide) => {
    const local: Local = { ...s.inner, id: -1, dtype: s.sum, name: "product" };
    wide.locals.set(local.id, product);
    const value = s.base === undefined ? local : apply("add", s.base, local);
    storeElements(wide, { buffer: s.buffer, index: s.index, value });
    return product;
  });
  if (s.epilogue !== undefined) runStatements(s.epilogue, scope);
  return true;
}

/** The outputs of a program: buffers of one axis, then results. */
export function runProgram(b: Body, program: Program, args: readonly HloValue[]): HloValue[] {
  const locals = new Map<number, HloValue>();
  const buffers = new Map<number, Stored>();
  const scope = new Scope(b, runStatements, [], null, locals, buffers);
  program.params.forEach((p, i) => {
    if (p.kind === "local") locals.set(p.id, args[i]);
    else buffers.set(p.id, { value: b.reshape(args[i], [p.size]), depth: 0 });
  });
  program.outs.forEach((x) => {
    allocate(scope, x);
  });
  runStatements(program.body, scope);
  return [
    ...program.outs.map((x) => scope.buffer(x).value),
    ...program.results.map((e) => scope.evaluate(e)),
  ];
}
