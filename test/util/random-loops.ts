/** @file Random loop programs over a few small buffers: copies, updates, stencils, loops, branches, mutable locals. */
import fc from "fast-check";
import { hoistAllocations } from "../../src/loops/passes/hoist.ts";
import { intConst, isub } from "../../src/loops/ir/affine.ts";
import { Block, add, constant, gt, load, lt, mul, neg, select, sub } from "../../src/loops/ir/build.ts";
import { checkProgram } from "../../src/loops/ir/check.ts";
import { type Buffer, type Expr, type Local, type Program, newBuffer } from "../../src/loops/ir/ir.ts";

/** Elements of each buffer. */
export const n = 4;

export const copy = (b: Block, from: Buffer, to: Buffer): void =>
  b.for(0, n, (inner, i) => inner.store(to, i, load(from, i)));

/** One statement: its kind, and numbers from which it takes what it needs. */
export type Step = readonly [kind: number, a: number, b: number, c: number, inner: readonly Step[]];

const kinds = 14;

export function anyStep(depth: number): fc.Arbitrary<Step> {
  return fc.tuple(
    fc.integer({ min: 0, max: depth === 0 ? kinds - 4 : kinds - 1 }),
    fc.nat(11),
    fc.nat(11),
    fc.nat(11),
    depth === 0 ? fc.constant([]) : fc.array(anyStep(depth - 1), { minLength: 1, maxLength: 4 }),
  );
}

interface State {
  /** What may be read, and what may be written. */
  readonly sources: readonly Buffer[];
  readonly targets: readonly Buffer[];
  readonly scalars: readonly Local[];
}

function write(b: Block, steps: readonly Step[], state: State): void {
  const { sources, targets, scalars } = state;
  for (const [kind, p, q, r, inner] of steps) {
    const [from, other] = [sources[p % sources.length], sources[q % sources.length]];
    const to = targets[r % targets.length];
    const scalar = scalars[q % scalars.length];
    switch (kind) {
      case 0:
      case 1:
        copy(b, from, to);
        break;
      case 2:
        b.store(to, intConst(q % n), mul(add(load(from, intConst(p % n)), 1), 0.5));
        break;
      case 3:
        b.for(0, n, (body, i) => body.store(to, i, mul(add(load(from, i), load(other, i)), 0.5)));
        break;
      case 4:
        b.for(0, n, (body, i) => body.store(to, i, load(from, isub(intConst(n - 1), i))));
        break;
      case 5:
        b.for(0, n, (body, i) => {
          const v = body.let(load(from, i));
          body.store(to, i, mul(add(v, load(other, intConst(p % n))), 0.5));
        });
        break;
      case 6:
        b.set(scalar, mul(add(scalar, neg(load(from, intConst(r % n)))), 0.5));
        break;
      case 7: {
        // Equal values, before and after something changes.
        const index = intConst(q % n);
        const [x, y] = [b.let(load(from, index)), b.let(mul(scalar, 2))];
        b.store(to, intConst(p % n), y);
        b.set(scalar, mul(b.let(load(from, index)), 0.25));
        b.store(to, intConst(r % n), mul(add(sub(x, b.let(mul(scalar, 2))), y), 0.25));
        break;
      }
      case 8:
        b.for(0, n, (body, i) => {
          const v = body.let(load(from, i));
          body.store(to, i, select(lt(v, load(other, i)), neg(v), scalar));
          body.store(to, i, mul(add(load(to, i), v), 0.5));
        });
        break;
      case 9:
        b.for(0, n, (body, i) => body.accumulate(scalar, "add", mul(load(from, i), 0.125)));
        break;
      case 10: {
        const sum = b.variable(constant(0, "float64"), "sum");
        b.for(0, n, (body, i) => body.accumulate(sum, "add", load(other, i)));
        b.store(to, intConst(p % n), mul(sum, 0.125));
        break;
      }
      case 11:
        b.for(0, 1 + (p % 3), (body) => write(body, inner, state));
        break;
      case 12:
        b.if(
          gt(load(from, intConst(q % n)), 1),
          (then) => write(then, inner.slice(1), state),
          (otherwise) => write(otherwise, inner.slice(0, 1), state),
        );
        break;
      default: {
        const left = b.variable(intConst(p % 3), "left");
        b.while(gt(left, 0), (body) => {
          write(body, inner, state);
          body.accumulate(left, "add", intConst(-1));
        });
      }
    }
  }
}

/** A checked program of one input, one output, and results. */
export function programOf(build: (b: Block, x: Buffer, out: Buffer) => Expr[]): Program {
  const x = newBuffer("x", "float64", n);
  const out = newBuffer("out", "float64", n);
  const b = new Block();
  const results = build(b, x, out);
  const program = { name: "test", params: [x], outs: [out], body: hoistAllocations(b.stmts), results };
  checkProgram(program);
  return program;
}

/** The program that such steps make. Every buffer has values before they begin. */
export function randomProgram(steps: readonly Step[]): Program {
  return programOf((b, x, out) => {
    const temporaries = [0, 1, 2].map((k) => b.alloc("float64", n, `t${k}`));
    const targets = [out, ...temporaries];
    targets.forEach((t, k) => b.for(0, n, (body, i) => body.store(t, i, constant(k, "float64"))));
    const scalars = [0.5, 1.5].map((v) => b.variable(constant(v, "float64"), "s"));
    write(b, steps, { sources: [x, ...targets], targets, scalars });
    return scalars.map((s) => b.snapshot(s));
  });
}

export const input = (): Float64Array => Float64Array.of(0.5, 1.5, 2.5, 3.5);
