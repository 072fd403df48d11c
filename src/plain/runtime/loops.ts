/**
 * @file Loops. As long as the condition is known they run as they stand; from the step on at which it is traced, the rest is
 * one `whileLoop`. Its carry is what a step changes: the variables that the transformation lists, and the properties and
 * lists that the log sees it write. The step is traced until the carry has the types that the step gives back.
 */
import type { NDArray } from "../../core/array.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { shaped } from "../../core/aval.ts";
import { whileLoop } from "../../control-flow/loops/api.ts";
import { type Variables, variablesOf, when } from "./branches.ts";
import { refuse } from "./errors.ts";
import { type Place, logging } from "./log.ts";
import { Packing } from "./packing.ts";
import { Mismatch, type Tree, commonAval, describe, leaves, open, toAval, zip } from "./trees.ts";
import { isArray, not, truth } from "./values.ts";

/** What a loop may carry. */
interface Carried {
  readonly name: string;
  readonly place: Place;
  /** What it held before the loop. */
  readonly before: unknown;
  /** The same taken apart, if steps change it; null as long as none has been seen to. */
  tree: Tree | null;
}

/** Numbers and what is undefined are carried from the start; an object that stays the same object is not. */
const startTree = (value: unknown): Tree | null =>
  typeof value === "object" && value !== null && !isArray(value) ? null : open(value);

/** The list of variables as places. Those with `~` are changed by functions, if at all. */
function placesOf(variables: Variables): Carried[] {
  const before = variables.read();
  return variables.names.map((name, i) => ({
    name: `the variable ${name.replace("~", "")}`,
    place: {
      name,
      read: () => variables.read()[i],
      write: (value) => {
        const all = [...variables.read()];
        all[i] = value;
        variables.write(all);
      },
    },
    before: before[i],
    tree: name.startsWith("~") ? null : startTree(before[i]),
  }));
}

/** Most rounds until the types of a carry agree: each widens at least one. */
const mostRounds = 12;

/** A loop whose condition is traced, from its next step on. */
class TracedLoop {
  readonly #site: string;
  readonly #step: () => unknown;
  readonly #carried: Carried[];
  #program: ClosedJaxpr | null = null;
  #packing = new Packing([]);
  /** Which leaves the step gave back, in the order of the carry. */
  #settled = false;

  constructor(site: string, step: () => unknown, variables: Variables) {
    this.#site = site;
    this.#step = step;
    this.#carried = placesOf(variables);
  }

  get #active(): Carried[] {
    return this.#carried.filter((c) => c.tree !== null && leaves(c.tree).length > 0);
  }

  /** What a carry holds before the loop has the type of what a step leaves there. */
  #unify(c: Carried, after: Tree): void {
    const before = c.tree ?? open(c.before);
    let changed = c.tree === null;
    try {
      const next = zip(before, after, (a, b) => {
        const aval = commonAval(a, b);
        if (aval === null) throw new Mismatch({ node: "opaque", value: a }, { node: "opaque", value: b }, "");
        const type = commonAval(a, a);
        if (type === aval) return a;
        changed = true;
        return toAval(a, aval);
      });
      changed ||= before.node !== next.node;
      c.tree = next;
    } catch (e) {
      if (!(e instanceof Mismatch)) throw e;
      throw refuse(
        this.#site,
        `the condition of the loop is traced, so ${c.name}${e.path} must keep its form from step to step; ` +
          `it is ${describe(e.a)} before a step, ${describe(e.b)} after it.`,
      );
    }
    if (changed) this.#settled = false;
  }

  #trace(): void {
    const active = this.#active;
    const packing = new Packing(active.map((c) => c.tree!));
    this.#settled = true;
    this.#packing = packing;
    const before = this.#carried.map((c) => c.place.read());
    this.#program = logging((log) => {
      try {
        return traceToJaxpr(
          (args) => {
            packing.unpack(args).forEach((value, i) => {
              active[i].place.write(value);
            });
            const started = this.#carried.map((c) => c.place.read());
            const goes = truth(this.#step());
            const trees = this.#carried.map((c) => open(c.place.read()));
            this.#carried.forEach((c, i) => {
              if (c.tree !== null || !Object.is(c.place.read(), started[i])) this.#unify(c, trees[i]);
            });
            this.#discover(log.entries.map(([, , w]) => w));
            if (!this.#settled) return [];
            const flat = this.#carried.flatMap((c, i) =>
              c.tree === null ? [] : leaves(fit(c.tree, trees[i])),
            );
            return [toAval(goes, shaped([], "bool")), ...packing.pack(flat)];
          },
          packing.avals,
          `the loop at ${this.#site}`,
        );
      } finally {
        log.undo();
        this.#carried.forEach((c, i) => {
          if (i < before.length) c.place.write(before[i]);
        });
      }
    });
  }

  /** Places that a step has written become carries. */
  #discover(written: readonly { readonly place: Place; readonly before: unknown }[]): void {
    for (const { place, before } of written) {
      const known = this.#carried.some((c) => c.place === place || samePlace(c.place, place));
      if (known) continue;
      this.#settled = false;
      this.#carried.push({ name: place.name, place, before, tree: open(before) });
    }
  }

  run(goes: NDArray): void {
    for (let round = 0; !this.#settled || this.#program === null; round++) {
      if (round === mostRounds)
        throw refuse(
          this.#site,
          "the condition of the loop is traced, and what it carries takes no fixed form.",
        );
      this.#trace();
    }
    const active = this.#active;
    const packing = this.#packing;
    const step = jaxprAsFun(this.#program);
    const start = packing.packTrees(active.map((c) => c.tree!));
    const [, ...outs] = whileLoop(
      ([go]: NDArray[]) => go,
      ([, ...carry]: NDArray[]) => step(carry),
      [goes, ...start],
    );
    packing.unpack(outs).forEach((value, i) => {
      active[i].place.write(value);
    });
  }
}

/** Leaves of a value in the form of a carry. */
const fit = (carry: Tree, value: Tree): Tree => zip(carry, value, (_, b) => b);

const samePlace = (a: Place, b: Place): boolean => a.of !== undefined && a.of === b.of && a.key === b.key;

interface LoopParts {
  readonly test: () => unknown;
  readonly body: () => unknown;
  readonly update: () => unknown;
  /** Whether a `break` or `return` has ended the loop. */
  readonly stopped: (() => unknown) | null;
}

/** The step of a loop: the body, and whether another follows. */
function stepOf(site: string, parts: LoopParts, variables: Variables): () => unknown {
  const next = (): unknown => {
    parts.update();
    return parts.test();
  };
  return () => {
    parts.body();
    if (parts.stopped === null) return next();
    const going = not(parts.stopped());
    return when(
      site,
      going,
      () => truth(next()),
      () => false,
      variables.names,
      () => variables.read(),
      (values) => {
        variables.write(values);
      },
    );
  };
}

/** `for`, `while` and `do`. */
export function loop(
  site: string,
  test: () => unknown,
  body: () => unknown,
  update: () => unknown,
  stopped: (() => unknown) | null,
  bodyFirst: boolean,
  names?: readonly string[],
  read?: () => readonly unknown[],
  write?: (values: readonly unknown[]) => void,
): void {
  const variables = variablesOf(names, read, write);
  const step = stepOf(site, { test, body, update, stopped }, variables);
  let goes: unknown = bodyFirst ? true : test();
  for (;;) {
    const going = truth(goes);
    if (isArray(going)) {
      new TracedLoop(site, step, variables).run(going);
      return;
    }
    if (!going) return;
    goes = step();
  }
}

/** `for … of` and `for … in`: as many steps as there are items. After a traced `break`, what is left is done if it has not been met. */
export function each(
  site: string,
  list: Iterable<unknown>,
  body: (item: unknown) => unknown,
  stopped: (() => unknown) | null,
  names?: readonly string[],
  read?: () => readonly unknown[],
  write?: (values: readonly unknown[]) => void,
): void {
  for (const item of list) {
    const going = stopped === null ? true : not(stopped());
    if (going === false) return;
    when(
      site,
      going,
      () => body(item),
      () => undefined,
      names,
      read,
      write,
    );
  }
}

/** The keys over which `for … in` goes. */
export function keys(object: unknown): string[] {
  const found: string[] = [];
  if (isArray(object)) return Object.keys([...(object.ndim > 0 ? object : [])]);
  // Inherited keys are part of what the user's loop meets.
  for (const key in object as object) found.push(key);
  return found;
}
