/**
 * @file Loops and branches that use references from outside, as ones that pass on what these hold: in the carry of a loop, among
 * the results of a branch.
 */
import { StateError } from "../base/errors.ts";
import type { NDArray } from "../core/array.ts";
import { type StateCell, withCells } from "../interpreters/state.ts";

type Carried = readonly [carry: unknown, state: readonly NDArray[]];

/** The references of a body, and which of them it was seen to change. */
class State {
  readonly cells: readonly StateCell[];
  readonly #changed: boolean[];

  constructor(cells: readonly StateCell[]) {
    this.cells = cells;
    this.#changed = cells.map(() => false);
  }

  get values(): NDArray[] {
    return this.cells.map((cell) => cell.value);
  }

  /** What `f` returns and leaves behind, if the references hold these values when it begins. */
  run(values: readonly NDArray[], f: () => unknown): [result: unknown, state: NDArray[]] {
    const { result, values: next, written } = withCells(this.cells, values, f);
    written.forEach((w, i) => (this.#changed[i] ||= w));
    return [result, next];
  }

  write(values: readonly NDArray[]): void {
    this.cells.forEach((cell, i) => {
      if (this.#changed[i]) cell.value = values[i];
    });
  }
}

/** @param run scans a step over the same elements, from another carry */
export function statefulScan(
  cells: readonly StateCell[],
  step: (carry: unknown, x: unknown) => unknown,
  init: unknown,
  run: (step: (carry: Carried, x: unknown) => unknown, init: Carried) => readonly [Carried, unknown],
): [carry: unknown, ys: unknown] {
  const state = new State(cells);
  const [[carry, values], ys] = run(
    ([c, held], x) => {
      const [result, next] = state.run(held, () => step(c, x));
      const [after, y] = result as readonly [unknown, unknown];
      return [[after, next], y];
    },
    [init, state.values],
  );
  state.write(values);
  return [carry, ys];
}

/** @param run runs a loop from another carry */
export function statefulWhile(
  cells: readonly StateCell[],
  cond: (carry: unknown) => unknown,
  body: (carry: unknown) => unknown,
  init: unknown,
  run: (cond: (c: Carried) => unknown, body: (c: Carried) => Carried, init: Carried) => Carried,
): unknown {
  const state = new State(cells);
  const [carry, values] = run(
    ([c, held]) => {
      const { result, written } = withCells(cells, held, () => cond(c));
      if (written.includes(true))
        throw new StateError("whileLoop: the condition changes a reference; only the body may.");
      return result;
    },
    ([c, held]) => state.run(held, () => body(c)),
    [init, state.values],
  );
  state.write(values);
  return carry;
}

/** @param run runs one of the branches on more operands, which come first */
export function statefulBranches(
  cells: readonly StateCell[],
  branches: readonly ((...operands: unknown[]) => unknown)[],
  run: (
    branches: readonly ((held: NDArray[], ...operands: unknown[]) => unknown)[],
    held: NDArray[],
  ) => unknown,
): unknown {
  const state = new State(cells);
  const [result, values] = run(
    branches.map(
      (branch) =>
        (held, ...operands) =>
          state.run(held, () => branch(...operands)),
    ),
    state.values,
  ) as readonly [unknown, NDArray[]];
  state.write(values);
  return result;
}
