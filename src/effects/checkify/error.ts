/** @file What a checked program found, as a value: a number that says which check failed first, and the values in its message. */
import { JaxRuntimeError } from "../../base/errors.ts";
import { type NDArray, scalarArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { type PytreeNode, asNode } from "../../core/tree.ts";

/** A place in a program that may fail. */
export interface Site {
  /** The values in its message. */
  readonly avals: readonly ShapedArray[];
  message(values: readonly NDArray[]): string;
}

/**
 * What a function transformed by `checkify` found: nothing, or the first check that failed. Programs return it, and `vmap` makes one
 * for all lanes of it.
 */
export class ErrorValue {
  /** 0, or the number of a site, counted from 1. */
  readonly code: NDArray;
  /** The values of all sites, one after another. */
  readonly payload: readonly NDArray[];
  readonly sites: readonly Site[];

  constructor(code: NDArray, payload: readonly NDArray[], sites: readonly Site[]) {
    this.code = code;
    this.payload = payload;
    this.sites = sites;
  }

  #message(code: number, lane: readonly number[]): string {
    const before = this.sites.slice(0, code - 1).reduce((n, s) => n + s.avals.length, 0);
    const site = this.sites[code - 1];
    const values = this.payload.slice(before, before + site.avals.length);
    return site.message(values.map((x) => (lane.length === 0 ? x : x.slice(...lane))));
  }

  /** The message of the first check that failed, with the user's line; of each lane that failed, if there are lanes; or null. */
  get(): string | null {
    if (this.code.ndim === 0) {
      const code = this.code.item();
      return code === 0 ? null : this.#message(code, []);
    }
    const { shape } = this.code;
    const codes = this.code.dataSync();
    const lines = Array.from(codes, Number).flatMap((code, i) => {
      if (code === 0) return [];
      const lane = shape.map(
        (size, k) => Math.floor(i / shape.slice(k + 1).reduce((a, b) => a * b, 1)) % size,
      );
      return [`at mapped index ${lane.join(",")}: ${this.#message(code, lane)}`];
    });
    return lines.length === 0 ? null : lines.join("\n");
  }

  /** @throws JaxRuntimeError if a check failed */
  throw(): void {
    const message = this.get();
    if (message !== null) throw new JaxRuntimeError(message);
  }

  toString(): string {
    return "checkify.Error";
  }

  /** A tree of its arrays: programs return it. */
  get [asNode](): PytreeNode<ErrorValue, readonly Site[]> {
    return node;
  }
}

const node: PytreeNode<ErrorValue, readonly Site[]> = {
  flatten: ({ code, payload, sites }) => ({ children: [code, ...payload], aux: sites }),
  unflatten: (sites, [code, ...payload]) => new ErrorValue(code as NDArray, payload as NDArray[], sites),
};

/**
 * The error value of a function that has not failed, and cannot.
 * @see jax.experimental.checkify.init_error
 * @example
 * checkify.initError.get(); // null
 */
export const initError: ErrorValue = /* @__PURE__ */ new ErrorValue(
  /* @__PURE__ */ scalarArray(0, "int32"),
  [],
  [],
);
