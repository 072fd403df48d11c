/**
 * @file Branches whose condition is traced. Each is traced by itself, its writes are taken back, and what it leaves behind (its
 * value, the variables that the transformation lists, what the log has seen it write) is joined with that of the other by one
 * `cond`. What both leave as it was, or set to the same known value, stays known.
 *
 * A branch that throws is left out: the program calls the host, which throws the user's error where the condition says so.
 */
import type { NDArray } from "../../core/array.ts";
import { scalarArray } from "../../core/array.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { cond } from "../../control-flow/branches/api.ts";
import { callback } from "../../effects/debug.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { apply } from "./apply.ts";
import { isRaised, refuse } from "./errors.ts";
import { type Log, type Place, logging } from "./log.ts";
import { Mismatch, type Tree, close, commonAval, describe, leaves, open, toAval, zip } from "./trees.ts";
import { type Leaf, both, isArray, not, truth } from "./values.ts";

/** The variables that a construct assigns, by name, and how to read and set them all. */
export interface Variables {
  readonly names: readonly string[];
  read(): readonly unknown[];
  write(values: readonly unknown[]): void;
}

const noVariables: Variables = { names: [], read: () => [], write: () => undefined };

export const variablesOf = (
  names: readonly string[] | undefined,
  read: (() => readonly unknown[]) | undefined,
  write: ((values: readonly unknown[]) => void) | undefined,
): Variables =>
  names === undefined || read === undefined || write === undefined ? noVariables : { names, read, write };

/** A value as it was left, and taken apart: what it holds is taken back. */
interface Left {
  readonly raw: unknown;
  readonly tree: Tree;
}

const left = (raw: unknown): Left => ({ raw, tree: open(raw) });

/** What a branch leaves behind. */
interface Outcome {
  readonly program: ClosedJaxpr;
  /** The outputs of the program, as tracers of its trace. */
  readonly arrays: readonly NDArray[];
  readonly value: Left;
  readonly variables: readonly Left[];
  readonly log: Log;
  readonly written: ReadonlyMap<Place, Left>;
  /** What it has thrown. */
  readonly raised: { readonly error: unknown } | null;
}

const arraysIn = (all: readonly Left[]): NDArray[] => [
  ...new Set(all.flatMap((l) => leaves(l.tree)).filter(isArray)),
];

function trace(site: string, run: () => unknown, variables: Variables): Outcome {
  return logging((log) => {
    const before = variables.read();
    const seen: { value: Left; variables: Left[]; raised: Outcome["raised"] } = {
      value: left(undefined),
      variables: [],
      raised: null,
    };
    const written = new Map<Place, Left>();
    let arrays: NDArray[] = [];
    try {
      const program = traceToJaxpr(
        () => {
          try {
            seen.value = left(run());
          } catch (e) {
            if (!isRaised(e)) throw e;
            seen.raised = { error: e };
            return [];
          }
          seen.variables = variables.read().map(left);
          for (const [, , { place }] of log.entries) written.set(place, left(place.read()));
          arrays = arraysIn([seen.value, ...seen.variables, ...written.values()]);
          return arrays;
        },
        [],
        `the branch at ${site}`,
      );
      return { program, arrays, ...seen, log, written };
    } finally {
      log.undo();
      variables.write(before);
    }
  });
}

/** The values of a branch's outputs, under the trace that is current. */
function replay(outcome: Outcome): (leaf: Leaf) => Leaf {
  const values = jaxprAsFun(outcome.program)([]);
  const found = new Map(outcome.arrays.map((a, i): [NDArray, NDArray] => [a, values[i]]));
  return (x) => (isArray(x) ? (found.get(x) ?? x) : x);
}

/** Two leaves that become one. */
interface Pair {
  readonly a: Leaf;
  readonly b: Leaf;
  readonly aval: ShapedArray;
}

/** The places of two outcomes, and what each has left there. */
function* placesOf(a: Outcome, b: Outcome): Generator<readonly [Place, Left, Left]> {
  for (const [object, key, w] of a.log.entries) {
    const other = b.log.get(object, key);
    yield [
      w.place,
      a.written.get(w.place)!,
      other === undefined ? left(w.before) : b.written.get(other.place)!,
    ];
  }
  for (const [object, key, w] of b.log.entries)
    if (a.log.get(object, key) === undefined) yield [w.place, left(w.before), b.written.get(w.place)!];
}

/** Joins values, and remembers which leaves a `cond` must choose between. */
class Join {
  readonly pairs: Pair[] = [];
  readonly #marks = new Map<Leaf, number>();
  readonly #site: string;
  readonly #pred: NDArray;

  constructor(site: string, pred: NDArray) {
    this.#site = site;
    this.#pred = pred;
  }

  /** A function that calls the one or the other. */
  readonly #functions = (f: unknown, g: unknown): unknown => {
    const site = this.#site;
    const pred = this.#pred;
    return function (this: unknown, ...args: readonly unknown[]): unknown {
      const run = (h: unknown) => (): unknown => apply(site, h, this, args);
      return when(site, pred, run(f), run(g));
    };
  };

  readonly #pair = (a: Leaf, b: Leaf): Leaf => {
    if (Object.is(a, b)) return a;
    const aval = commonAval(a, b);
    if (aval === null) throw new Mismatch({ node: "opaque", value: a }, { node: "opaque", value: b }, "");
    const mark = scalarArray(0, "float64");
    this.#marks.set(mark, this.pairs.length);
    this.pairs.push({ a, b, aval });
    return mark;
  };

  /** @throws PlainCodeError for values that have no common form */
  tree(name: string, a: Left, b: Left): Tree {
    if (Object.is(a.raw, b.raw)) return { node: "opaque", value: a.raw };
    try {
      return zip(a.tree, b.tree, this.#pair, "", this.#functions);
    } catch (e) {
      if (!(e instanceof Mismatch)) throw e;
      throw refuse(
        this.#site,
        `the condition is traced, so ${name}${e.path} must have one form whether it holds or not; ` +
          `it is ${describe(e.a)} if it holds, ${describe(e.b)} if not.`,
      );
    }
  }

  /** The leaf that has been chosen for a mark. */
  chosen(outs: readonly NDArray[]): (leaf: Leaf) => Leaf {
    return (x) => {
      const k = this.#marks.get(x);
      return k === undefined ? x : outs[k];
    };
  }
}

function joined(site: string, pred: NDArray, a: Outcome, b: Outcome, variables: Variables): unknown {
  const join = new Join(site, pred);
  const value = join.tree("the value", a.value, b.value);
  const before = variables.names.map((name, i) =>
    join.tree(`the variable ${name.replace("~", "")}`, a.variables[i], b.variables[i]),
  );
  const places = [...placesOf(a, b)].map(([place, x, y]): [Place, Tree] => [
    place,
    join.tree(place.name, x, y),
  ]);
  const { pairs } = join;
  const side = (outcome: Outcome, which: "a" | "b") => (): NDArray[] => {
    const at = replay(outcome);
    return pairs.map((p) => toAval(at(p[which]), p.aval));
  };
  const runs = pairs.length > 0 || a.program.jaxpr.eqns.length + b.program.jaxpr.eqns.length > 0;
  const outs = runs ? cond(pred, side(a, "a"), side(b, "b")) : [];
  const leaf = join.chosen(outs);
  for (const [place, tree] of places) place.write(close(tree, leaf));
  variables.write(before.map((tree) => close(tree, leaf)));
  return close(value, leaf);
}

/** Goes on with the one branch that does not throw. */
function alone(outcome: Outcome, variables: Variables): unknown {
  const leaf = replay(outcome);
  const value = ({ raw, tree }: Left): unknown => (tree.node === "opaque" ? raw : close(tree, leaf));
  for (const [place, l] of outcome.written) place.write(value(l));
  const now = variables.read();
  variables.write(outcome.variables.map((l, i) => (Object.is(l.raw, now[i]) ? l.raw : value(l))));
  return value(outcome.value);
}

/** Deeper than this, branches inside branches are a recursion that never ends. */
const deepest = 60;
let depth = 0;

function tracedChoice(
  site: string,
  pred: NDArray,
  yes: () => unknown,
  no: () => unknown,
  variables: Variables,
): unknown {
  if (depth >= deepest)
    throw refuse(
      site,
      "a function calls itself under a traced condition: how often is known only when the program runs. Write it as a loop.",
    );
  depth++;
  let a: Outcome;
  let b: Outcome;
  try {
    a = trace(site, yes, variables);
    b = trace(site, no, variables);
  } finally {
    depth--;
  }
  if (a.raised !== null && b.raised !== null) throw a.raised.error;
  const raised = a.raised ?? b.raised;
  if (raised === null) return joined(site, pred, a, b, variables);
  const when = a.raised !== null;
  callback((p: NDArray) => {
    if (p.item<boolean>() === when) throw raised.error;
  }, pred);
  return alone(when ? b : a, variables);
}

/** `if (c) … else …`, `c ? … : …`: by what is known of the condition. */
export function when(
  site: string,
  condition: unknown,
  yes: () => unknown,
  no: () => unknown,
  names?: readonly string[],
  read?: () => readonly unknown[],
  write?: (values: readonly unknown[]) => void,
): unknown {
  const holds = truth(condition);
  if (typeof holds === "boolean") return holds ? yes() : no();
  return tracedChoice(site, holds, yes, no, variablesOf(names, read, write));
}

/** Whether any of some flags is set. */
export const any = (...flags: readonly unknown[]): unknown =>
  not(flags.reduce<unknown>((none, flag) => both(truth(none), not(flag)), true));

const nothing = (): undefined => undefined;

/** An `if` for its effect. */
export const whenever = (
  site: string,
  condition: unknown,
  yes: () => unknown,
  names?: readonly string[],
  read?: () => readonly unknown[],
  write?: (values: readonly unknown[]) => void,
): unknown => when(site, condition, yes, nothing, names, read, write);

/** `a && b`. */
export function and(
  site: string,
  a: unknown,
  b: () => unknown,
  names?: readonly string[],
  read?: () => readonly unknown[],
  write?: (values: readonly unknown[]) => void,
): unknown {
  const holds = truth(a);
  if (typeof holds === "boolean") return holds ? b() : a;
  return tracedChoice(site, holds, b, () => a, variablesOf(names, read, write));
}

/** `a || b`. */
export function or(
  site: string,
  a: unknown,
  b: () => unknown,
  names?: readonly string[],
  read?: () => readonly unknown[],
  write?: (values: readonly unknown[]) => void,
): unknown {
  const holds = truth(a);
  if (typeof holds === "boolean") return holds ? a : b();
  return tracedChoice(site, holds, () => a, b, variablesOf(names, read, write));
}
