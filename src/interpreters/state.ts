/**
 * @file State of programs: values that functions change, as values that programs pass on.
 *
 * A `StateCell` holds a value of the trace in which it was made, and is changed by writing another: that is all there is to it within
 * one program. Where a body of its own is traced (of `jit`, of a loop), each cell from outside that it touches becomes one more
 * input and one more result of the body; who runs the body gives the value that the cell has then, and writes the new one
 * into it. So neither jaxprs nor what is below them know of state.
 */
import { StateError } from "../base/errors.ts";
import type { NDArray } from "../core/array.ts";
import { invariant } from "../base/util.ts";
import { type ShapedArray, sameType } from "../core/aval.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { Trace, currentTrace, runTrace } from "../core/trace.ts";
import { BatchTrace } from "./batching.ts";
import { StagingTrace, type StagingTracer } from "./staging.ts";
import { TangentTrace } from "./tangent-trace.ts";

/** Where the value of a cell stands, within one program. */
interface Place {
  /** The trace of which the value is one. */
  readonly trace: Trace;
  value: NDArray;
}

interface LocalPlace extends Place {
  written: boolean;
}

/** A body, and the places that cells from outside have in it. */
interface Scope {
  readonly what: string;
  readonly outside: Scope | null;
  readonly touched: Map<StateCell, LocalPlace>;
  /** The place of a cell that it touches for the first time; undefined where it has that of the body around it. */
  readonly enter?: (aval: ShapedArray) => LocalPlace;
}

let innermost: Scope | null = null;

/** A value that can be changed. */
export class StateCell {
  readonly aval: ShapedArray;
  readonly #scope: Scope | null;
  readonly #own: Place;

  constructor(value: NDArray) {
    this.aval = value.aval;
    this.#scope = innermost;
    this.#own = { trace: currentTrace(), value };
  }

  #placeIn(scope: Scope | null): Place {
    if (scope === this.#scope) return this.#own;
    if (scope === null) {
      throw new StateError(
        `a reference ${String(this.aval)} outlived ${this.#scope!.what}, in which it was made. Return its value instead (ref.get()).`,
      );
    }
    const known = scope.touched.get(this);
    if (known !== undefined) return known;
    const outer = this.#placeIn(scope.outside);
    if (scope.enter === undefined) return outer;
    const place = scope.enter(this.aval);
    scope.touched.set(this, place);
    return place;
  }

  get value(): NDArray {
    return this.#placeIn(innermost).value;
  }

  set value(x: NDArray) {
    const place = this.#placeIn(innermost);
    invariant(sameType(x.aval, this.aval), `${x.aval.short()} in a cell of ${this.aval.short()}`);
    checkWrite(x, place.trace);
    place.value = x;
    if ("written" in place) (place as LocalPlace).written = true;
  }
}

/** @throws StateError if the value belongs to a transformation inside the one that the cell belongs to. */
function checkWrite(x: NDArray, home: Trace): void {
  let trace: Trace = currentTrace();
  while (trace !== home) {
    if (trace instanceof TangentTrace && trace.owns(x)) {
      throw new StateError(
        `a value that ${trace.what} differentiates is written into a reference made outside: its derivative would be lost. Write ` +
          `stopGradient(value), or make the reference inside.`,
      );
    }
    if (trace instanceof BatchTrace && trace.unwrap(x)[1] !== null) {
      throw new StateError(
        `a value that differs between the lanes of ${trace.what} is written into a reference that all lanes share. Pass the reference ` +
          `as an argument that is mapped, or make it inside.`,
      );
    }
    const parent = "parent" in trace ? trace.parent : null;
    if (!(parent instanceof Trace)) {
      throw new StateError(
        `${trace.what} changes a reference that was made outside of it. Make the reference inside, or return the value.`,
      );
    }
    trace = parent;
  }
}

/** A traced body, the cells that it touches, and which of these it changes. */
export interface Stateful {
  /** Inputs, values of the cells → results, new values of the cells. */
  readonly closed: ClosedJaxpr;
  readonly cells: readonly StateCell[];
  readonly written: readonly boolean[];
}

/** As `traceToJaxpr`, of a function that may read and write cells from outside. */
export function traceStateful(
  f: (args: readonly NDArray[]) => readonly NDArray[],
  avals: readonly ShapedArray[],
  what: string,
): Stateful {
  const trace = new StagingTrace(what);
  const added: StagingTracer[] = [];
  const enter = (aval: ShapedArray): LocalPlace => {
    const input = trace.input(aval);
    added.push(input);
    return { trace, value: input, written: false };
  };
  const touched = new Map<StateCell, LocalPlace>();
  const inputs = avals.map((a) => trace.input(a));
  const outs = within({ what, outside: innermost, touched, enter }, () => runTrace(trace, () => f(inputs)));
  const places = [...touched.values()];
  const closed = trace.close([...inputs, ...added], [...outs, ...places.map((p) => p.value)]);
  return { closed, cells: [...touched.keys()], written: places.map((p) => p.written) };
}

function within<R>(scope: Scope, f: () => R): R {
  const before = innermost;
  innermost = scope;
  try {
    return f();
  } finally {
    innermost = before;
  }
}

/** Runs `f` with these values in cells from outside: its result, what the cells hold then, and which of them were changed. */
export function withCells<R>(
  cells: readonly StateCell[],
  values: readonly NDArray[],
  f: () => R,
): { result: R; values: NDArray[]; written: boolean[] } {
  const trace = currentTrace();
  const places = values.map((x): LocalPlace => ({ trace, value: x, written: false }));
  const touched = new Map(cells.map((cell, i) => [cell, places[i]]));
  const result = within({ what: trace.what, outside: innermost, touched }, f);
  return { result, values: places.map((p) => p.value), written: places.map((p) => p.written) };
}

/** Writes what a body made of cells. */
export function writeBack(
  { cells, written }: Pick<Stateful, "cells" | "written">,
  values: readonly NDArray[],
): void {
  cells.forEach((cell, i) => {
    if (written[i]) cell.value = values[i];
  });
}
