/**
 * @file Loop programs in StableHLO, by lanes: a loop whose iterations are independent is no loop here but an axis, and the
 * scalars inside it are tensors along it. Branches become selections under a mask, loops that end at different times run
 * until the last lane is done, and only what must happen in order is a `while`.
 *
 * The scalar program of an element-wise primitive is one with the axes of its result for lanes, so special functions with
 * branches and iterations need no other definition; factorisations are loops over columns around vector operations.
 *
 * Invariants. A local is a tensor of the shape of the first so many lane axes: of all that were there when it was assigned
 * last, or of fewer if its value is the same along the others. A buffer is a tensor of one axis; one that was allocated
 * among lanes holds a copy for each, one after another. Under a mask, lanes that are off may hold anything, but what they
 * held of a mutable local or a buffer is kept.
 */
import { invariant } from "../../../base/util.ts";
import { shaped } from "../../../core/aval.ts";
import type { HloValue } from "../../../core/hlo.ts";
import type { DType, Scalar } from "../../../dtypes/dtype.ts";
import type { Buffer, Expr, Local, ScalarFunction, Stmt } from "../../../loops/ir/ir.ts";
import { someStmt } from "../../../loops/ir/traverse.ts";
import type { Body } from "../module.ts";
import { convert, reinterpret, scalarOperation, select } from "./scalars.ts";
import { loadElements } from "./access.ts";

/** One lane axis: `count` values of a loop variable, `start + step·i`; without a variable, those of an element's index. */
export interface Lane {
  readonly count: number;
  readonly local: Local | null;
  /** Null where it is not the same number whenever the program runs. */
  readonly start: number | null;
  readonly step: number;
}

/** A buffer's tensor, and how many lane axes there were when it was allocated. */
export interface Stored {
  readonly value: HloValue;
  readonly depth: number;
}

/** Writes the statements of a body: statements.ts does. */
export type RunStatements = (body: readonly Stmt[], scope: Scope) => void;

/** What is known at a point of a program: the values of locals and buffers, by their ids. */
export class Scope {
  readonly b: Body;
  readonly run: RunStatements;
  readonly lanes: readonly Lane[];
  /** Which lanes are on: bool, of the shape of all lane axes; null if all are. */
  readonly mask: HloValue | null;
  readonly locals: Map<number, HloValue>;
  readonly buffers: Map<number, Stored>;
  /** Of locals that are sums over lanes: how many axes they have themselves. */
  readonly sums: ReadonlyMap<number, number>;

  constructor(
    b: Body,
    run: RunStatements,
    lanes: readonly Lane[],
    mask: HloValue | null,
    locals: Map<number, HloValue>,
    buffers: Map<number, Stored>,
    sums: ReadonlyMap<number, number> = new Map(),
  ) {
    this.b = b;
    this.run = run;
    this.lanes = lanes;
    this.mask = mask;
    this.locals = locals;
    this.buffers = buffers;
    this.sums = sums;
  }

  get shape(): readonly number[] {
    return this.lanes.map((l) => l.count);
  }

  /** The same variables under another mask. */
  masked(mask: HloValue | null): Scope {
    return new Scope(this.b, this.run, this.lanes, mask, this.locals, this.buffers, this.sums);
  }

  /** A copy for a region of another operation: what is assigned in it does not leave it. */
  inside(b: Body): Scope {
    return new Scope(
      b,
      this.run,
      this.lanes,
      this.mask,
      new Map(this.locals),
      new Map(this.buffers),
      this.sums,
    );
  }

  /** The value along all lane axes. */
  spread(x: HloValue): HloValue {
    return this.along(x, this.lanes.length);
  }

  /** The value along the first so many lane axes. */
  along(x: HloValue, depth: number): HloValue {
    const rank = x.type.shape.length;
    invariant(rank <= depth, "a value of more lanes than there are");
    return this.b.broadcast(
      x,
      this.shape.slice(0, depth),
      Array.from({ length: rank }, (_, i) => i),
    );
  }

  constant(value: Scalar, dtype: DType): HloValue {
    return this.b.constant(value, shaped([], dtype));
  }

  buffer(buffer: Buffer): Stored {
    const stored = this.buffers.get(buffer.id);
    invariant(stored !== undefined, `buffer ${buffer.name} is not there`);
    return stored;
  }

  /** Both (bool) values, where a null one is true. */
  both(x: HloValue | null, y: HloValue): HloValue {
    if (x === null) return this.spread(y);
    return this.b.op("and", [this.spread(x), this.spread(y)], shaped(this.shape, "bool"));
  }

  not(x: HloValue): HloValue {
    return this.b.op("not", [x], x.type);
  }

  /** `fresh` where lanes are on, `old` elsewhere. */
  merge(fresh: HloValue, old: HloValue): HloValue {
    if (this.mask === null) return fresh;
    return select(this.b, this.mask, this.spread(fresh), this.spread(old));
  }

  evaluate(root: Expr): HloValue {
    return evaluate(root, this, new Map());
  }
}

/** Operands along the lanes of the one that has most. */
function together(args: readonly HloValue[], scope: Scope): HloValue[] {
  const depth = Math.max(...args.map((a) => a.type.shape.length));
  return args.map((a) => scope.along(a, depth));
}

function evaluate(e: Expr, scope: Scope, memo: Map<Expr, HloValue>): HloValue {
  const known = memo.get(e);
  if (known !== undefined) return known;
  const value = evaluateNew(e, scope, memo);
  memo.set(e, value);
  return value;
}

function evaluateNew(e: Expr, scope: Scope, memo: Map<Expr, HloValue>): HloValue {
  const { b } = scope;
  const of = (x: Expr): HloValue => evaluate(x, scope, memo);
  switch (e.kind) {
    case "const":
      return scope.constant(e.value, e.dtype);
    case "local": {
      const value = scope.locals.get(e.id);
      invariant(value !== undefined, `${e.name} is not there`);
      return value;
    }
    case "affine": {
      const terms = e.terms.map(({ atom, factor }) => {
        const x = of(atom);
        return factor === 1 ? x : combine(scope, "mul", [x, scope.constant(factor, "int32")]);
      });
      if (e.offset !== 0) terms.push(scope.constant(e.offset, "int32"));
      return terms.reduce((sum, t) => combine(scope, "add", [sum, t]));
    }
    case "load":
      return loadElements(scope, e, of);
    case "op":
      return combine(scope, e.op, e.args.map(of));
    case "cast":
      return convert(b, of(e.arg), e.dtype);
    case "bits":
      return reinterpret(b, of(e.arg), e.dtype);
    case "call":
      return callFunction(scope, e.fn, e.args.map(of));
  }
}

const combine = (
  scope: Scope,
  op: Parameters<typeof scalarOperation>[1],
  args: readonly HloValue[],
): HloValue => scalarOperation(scope.b, op, together(args, scope));

/**
 * A scalar function as one of the module, on tensors. Lanes that are off must not keep its loops going: then it is told which
 * are on.
 */
function callFunction(scope: Scope, fn: ScalarFunction, given: readonly HloValue[]): HloValue {
  const args = together(given, scope);
  const depth = args.length === 0 ? 0 : args[0].type.shape.length;
  const { mask, b } = scope;
  const guarded = mask !== null && someStmt(fn.body, (s) => s.kind === "while" || s.kind === "for");
  const operands = guarded ? [...args.map((a) => scope.spread(a)), mask] : args;
  const lanes = guarded ? scope.lanes : scope.lanes.slice(0, depth);
  const shape = lanes.map((l) => l.count);
  const types = operands.map((a) => a.type);
  const made = b.module.function(
    fn,
    `${shape.join("x")}${guarded ? " masked" : ""}`,
    fn.name,
    types,
    (inner, xs) => {
      const locals = new Map(fn.params.map((p, i) => [p.id, xs[i]]));
      const own = lanes.map((l): Lane => ({ count: l.count, local: null, start: null, step: 1 }));
      const body = new Scope(inner, scope.run, own, guarded ? xs[xs.length - 1] : null, locals, new Map());
      scope.run(fn.body, body);
      return [body.spread(body.evaluate(fn.result))];
    },
  );
  return b.invoke(made, operands)[0];
}
