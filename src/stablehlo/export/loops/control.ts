/**
 * @file What must happen in order: loops as `while` and branches as `case`, whose state are the variables that their bodies change. Among
 * lanes, loops run until the last lane is done and branches are selections.
 */
import { range } from "../../../base/util.ts";
import { shaped } from "../../../core/aval.ts";
import type { HloValue } from "../../../core/hlo.ts";
import type { ArrayType } from "../../../dtypes/shape.ts";
import type { AccumulateOp, Buffer, For, If, Local, Stmt, While } from "../../../loops/ir/ir.ts";
import {
  stmtAssigns,
  stmtBinds,
  stmtExprs,
  stmtWrites,
  visitLocals,
  visitStmts,
} from "../../../loops/ir/traverse.ts";
import type { Body } from "../module.ts";
import type { Scope, Stored } from "./lanes.ts";
import { combining, compare, convert, neutral } from "./scalars.ts";

/** What a loop may do to variables that are not its own. */
export interface Outside {
  readonly assigned: ReadonlySet<Local>;
  readonly accumulated: ReadonlySet<Local>;
  readonly written: ReadonlySet<Buffer>;
  readonly own: ReadonlySet<Buffer>;
  /** Locals that expressions read. */
  readonly read: ReadonlySet<number>;
}

export function outsideOf(body: readonly Stmt[]): Outside {
  const bound = new Set<Local>();
  const assigned = new Set<Local>();
  const accumulated = new Set<Local>();
  const written = new Set<Buffer>();
  const own = new Set<Buffer>();
  const read = new Set<number>();
  visitStmts(body, (s) => {
    stmtBinds(s).forEach((l) => bound.add(l));
    if (s.kind === "accumulate") accumulated.add(s.local);
    else stmtAssigns(s).forEach((l) => assigned.add(l));
    stmtWrites(s).forEach((x) => written.add(x));
    if (s.kind === "alloc") own.add(s.buffer);
    visitLocals(stmtExprs(s), (l) => read.add(l.id));
  });
  for (const l of bound) {
    assigned.delete(l);
    accumulated.delete(l);
  }
  own.forEach((x) => written.delete(x));
  return { assigned, accumulated, written, own, read };
}

export function spreadBoth(scope: Scope, x: HloValue, y: HloValue): [HloValue, HloValue] {
  const depth = Math.max(x.type.shape.length, y.type.shape.length);
  return [scope.along(x, depth), scope.along(y, depth)];
}

/** The reduction of a value over the lane axes from `depth` on. */
export function reduceLanes(scope: Scope, x: HloValue, op: AccumulateOp, depth: number): HloValue {
  const { b } = scope;
  const { shape, dtype } = x.type;
  const init = b.constant(neutral(op, dtype), shaped([], dtype));
  return b.op("reduce", [x, init], shaped(shape.slice(0, depth), dtype), {
    attributes: { dimensions: range(shape.length - depth, depth) },
    regions: [combining(op, dtype)],
  });
}

/** The variables that a region changes, in an order. */
interface State {
  readonly locals: readonly Local[];
  readonly buffers: readonly Buffer[];
}

function stateOf(bodies: readonly (readonly Stmt[])[], scope: Scope): State {
  const locals = new Set<Local>();
  const buffers = new Set<Buffer>();
  for (const body of bodies) {
    const { assigned, accumulated, written } = outsideOf(body);
    for (const l of [...assigned, ...accumulated]) if (scope.locals.has(l.id)) locals.add(l);
    for (const x of written) if (scope.buffers.has(x.id)) buffers.add(x);
  }
  return { locals: [...locals], buffers: [...buffers] };
}

/** Values of a state; locals along all lanes that they may have, so that their type does not change. */
const readState = (scope: Scope, { locals, buffers }: State): HloValue[] => [
  ...locals.map((l) => scope.along(scope.locals.get(l.id)!, scope.sums.get(l.id) ?? scope.lanes.length)),
  ...buffers.map((x) => scope.buffer(x).value),
];

function writeState(scope: Scope, { locals, buffers }: State, values: readonly HloValue[]): void {
  locals.forEach((l, i) => scope.locals.set(l.id, values[i]));
  buffers.forEach((x, i) => {
    const { depth }: Stored = scope.buffer(x);
    scope.buffers.set(x.id, { value: values[locals.length + i], depth });
  });
}

/** True if any lane is. */
function any(scope: Scope, b: Body, x: HloValue): HloValue {
  if (x.type.shape.length === 0) return x;
  return reduceLanes(scope.inside(b), x, "or", 0);
}

/** A `while` whose state is that of the bodies, and further values before it. */
function loop(
  scope: Scope,
  state: State,
  extra: readonly HloValue[],
  test: (inner: Scope, extra: readonly HloValue[]) => HloValue,
  body: (inner: Scope, extra: readonly HloValue[]) => readonly HloValue[],
): void {
  const init = [...extra, ...readState(scope, state)];
  const types = init.map((v): ArrayType => v.type);
  const outs = scope.b.ops("while", init, types, {
    regions: [
      {
        args: types,
        body: (b, args) => {
          const inner = scope.inside(b as Body);
          writeState(inner, state, args.slice(extra.length));
          return [test(inner, args.slice(0, extra.length))];
        },
      },
      {
        args: types,
        body: (b, args) => {
          const inner = scope.inside(b as Body);
          writeState(inner, state, args.slice(extra.length));
          const next = body(inner, args.slice(0, extra.length));
          return [...next, ...readState(inner, state)];
        },
      },
    ],
  });
  writeState(scope, state, outs.slice(extra.length));
}

/** Iterations in order. Lanes that end sooner are off until the last one has. */
export function runFor(s: For, scope: Scope): void {
  const state = stateOf([s.body], scope);
  const hi = scope.evaluate(s.hi);
  const lo = scope.evaluate(s.lo);
  const [from, to] = spreadBoth(scope, lo, hi);
  const running = (inner: Scope, i: HloValue): HloValue => compare(inner.b, "LT", i, to);
  loop(
    scope,
    state,
    [from],
    (inner, [i]) => {
      const on = running(inner, i);
      return any(scope, inner.b, on.type.shape.length === 0 ? on : inner.both(scope.mask, on));
    },
    (inner, [i]) => {
      inner.locals.set(s.local.id, i);
      const on = i.type.shape.length === 0 ? scope.mask : inner.both(scope.mask, running(inner, i));
      inner.run(s.body, inner.masked(on));
      return [inner.b.op("add", [i, inner.b.constant(s.step, i.type)], i.type)];
    },
  );
}

export function runWhile(s: While, scope: Scope): void {
  const state = stateOf([s.body], scope);
  const on = (inner: Scope): HloValue => {
    const test = inner.evaluate(s.test);
    return scope.lanes.length === 0 ? test : inner.both(scope.mask, test);
  };
  loop(
    scope,
    state,
    [],
    (inner) => any(scope, inner.b, on(inner)),
    (inner) => {
      scope.run(s.body, scope.lanes.length === 0 ? inner : inner.masked(on(inner)));
      return [];
    },
  );
}

export function runIf(s: If, scope: Scope): void {
  const test = scope.evaluate(s.test);
  if (scope.lanes.length > 0) {
    const on = scope.both(scope.mask, test);
    scope.run(s.then, scope.masked(on));
    if (s.else.length > 0) scope.run(s.else, scope.masked(scope.both(scope.mask, scope.not(test))));
    return;
  }
  const state = stateOf([s.then, s.else], scope);
  const types = readState(scope, state).map((v): ArrayType => v.type);
  const branch = (stmts: readonly Stmt[]) => ({
    args: [],
    body: (b: unknown): HloValue[] => {
      const inner = scope.inside(b as Body);
      scope.run(stmts, inner);
      return readState(inner, state);
    },
  });
  if (types.length === 0) return;
  const index = convert(scope.b, test, "int32");
  writeState(
    scope,
    state,
    scope.b.ops("case", [index], types, { regions: [branch(s.else), branch(s.then)] }),
  );
}
