/**
 * @file Reading and writing one property. Typed arrays of the user's that live longer than a trace (scratch space at the top of
 * a module) cannot hold traced values: those stand beside them, and the array itself holds NaN in that place, lest a number
 * without its derivative be read where nothing is transformed.
 */
import type { NDArray } from "../../core/array.ts";
import { Tracer } from "../../core/trace.ts";
import { PlainCodeError } from "../../base/errors.ts";
import { isArray, known } from "./values.ts";

const beside = new WeakMap<object, Map<number, NDArray>>();

const isFloatView = (x: object): boolean => x instanceof Float64Array || x instanceof Float32Array;

export function readSlot(object: object, key: PropertyKey): unknown {
  if (ArrayBuffer.isView(object)) {
    const traced = beside.get(object)?.get(Number(key));
    if (traced !== undefined && (!(traced instanceof Tracer) || traced.owner.alive)) return traced;
  }
  return Reflect.get(object, key);
}

export function writeSlot(object: object, key: PropertyKey, value: unknown): void {
  if (!ArrayBuffer.isView(object)) {
    // As in the user's code: setters run, and what is frozen throws.
    (object as Record<PropertyKey, unknown>)[key] = value;
    return;
  }
  const view = object as unknown as Record<PropertyKey, unknown>;
  if (!isArray(value)) {
    beside.get(object)?.delete(Number(key));
    view[key] = value;
    return;
  }
  if (isFloatView(object)) {
    const traced = beside.get(object) ?? new Map<number, NDArray>();
    beside.set(object, traced.set(Number(key), value));
    view[key] = NaN;
    return;
  }
  const number = known(value);
  if (number === undefined)
    throw new PlainCodeError(
      `a traced number cannot be stored in a ${object.constructor.name}, which holds whole numbers that are known. Use an array or a Float64Array.`,
    );
  view[key] = Number(number);
}

/** The elements of a typed array, traced ones included. */
export const elementsOf = (view: ArrayBufferView & { readonly length: number }): unknown[] =>
  Array.from({ length: view.length }, (_, i) => readSlot(view, i));
