/**
 * @file What plain code writes, while a branch or the step of a loop is traced: which properties of which objects and which
 * lists, so that it can be taken back and becomes a result of the branch, a carry of the loop.
 *
 * Logs are nested as traces are. An object that came to be inside a trace needs no record there: nothing outside knows it.
 */
import { readSlot, writeSlot } from "./slots.ts";

/** A place that holds a value: a variable, a property, the content of a list. */
export interface Place {
  readonly name: string;
  /** The object that it belongs to, and its key there: by these, places are the same. */
  readonly of?: object;
  readonly key?: unknown;
  read(): unknown;
  write(value: unknown): void;
}

/** A place, and what it held before. */
export interface Written {
  readonly place: Place;
  readonly before: unknown;
}

let serial = 0;
/** When objects came to be: the number of the log that was the innermost then. */
const born = new WeakMap<object, number>();

/** The content of a list. */
function contentOf(list: unknown[], name: string): Place {
  return {
    name,
    of: list,
    read: () => list.slice(),
    write: (value) => {
      const items = value as readonly unknown[];
      list.length = items.length;
      items.forEach((x, i) => (list[i] = x));
    },
  };
}

function propertyOf(object: object, key: PropertyKey): Place {
  return {
    name: `.${String(key)}`,
    of: object,
    key,
    read: () => readSlot(object, key),
    write: (value) => {
      writeSlot(object, key, value);
    },
  };
}

/** The writes of a trace, in the order in which they first happened. */
export class Log {
  readonly id: number = ++serial;
  readonly #written = new Map<object, Map<unknown, Written>>();

  record(object: object, key: unknown, place: () => Place): void {
    if ((born.get(object) ?? 0) >= this.id) return;
    const of = this.#written.get(object) ?? new Map<unknown, Written>();
    this.#written.set(object, of);
    if (of.has(key)) return;
    const found = place();
    of.set(key, { place: found, before: found.read() });
  }

  /** By object and key, so that the writes of two branches can be compared. */
  get entries(): readonly (readonly [object: object, key: unknown, written: Written])[] {
    return [...this.#written].flatMap(([object, of]) =>
      [...of].map(([key, w]): readonly [object, unknown, Written] => [object, key, w]),
    );
  }

  get(object: object, key: unknown): Written | undefined {
    return this.#written.get(object)?.get(key);
  }

  undo(): void {
    for (const [, , { place, before }] of this.entries) place.write(before);
  }
}

/** Lists that show elements of others, whose writes are those of the others. */
const views = new WeakSet();

/** A list that shows elements of others: how many, and how to read and write each. */
export function viewOf(
  length: number,
  read: (i: number) => unknown,
  write: (i: number, value: unknown) => void,
): unknown[] {
  const place = (key: string | symbol): number =>
    typeof key === "string" && /^\d+$/.test(key) ? Number(key) : -1;
  const view = new Proxy<unknown[]>([], {
    get: (own, key) => {
      if (key === "length") return length;
      const i = place(key);
      return i < 0 ? (Reflect.get(own, key) as unknown) : i < length ? read(i) : undefined;
    },
    set: (_, key, value) => {
      const i = place(key);
      if (i >= 0 && i < length) write(i, value);
      return true;
    },
    has: (own, key) => (place(key) >= 0 ? place(key) < length : Reflect.has(own, key)),
  });
  views.add(view);
  return view;
}

const logs: Log[] = [];

/** Runs `f` with a log of what it writes. */
export function logging<R>(f: (log: Log) => R): R {
  const log = new Log();
  logs.push(log);
  try {
    return f(log);
  } finally {
    logs.pop();
  }
}

/** An object that has just been made. */
export function fresh<T>(x: T): T {
  if (logs.length > 0 && typeof x === "object" && x !== null) born.set(x, logs[logs.length - 1].id);
  return x;
}

/** Whether a property is one of setters: what they write is written down as they do. */
function isAccessor(object: object, key: PropertyKey): boolean {
  for (let o: unknown = object; o !== null; o = Object.getPrototypeOf(o)) {
    const found = Object.getOwnPropertyDescriptor(o, key);
    if (found !== undefined) return found.get !== undefined || found.set !== undefined;
  }
  return false;
}

/** A property of an object, or an element of a list, will be written. */
export function willWrite(object: object, key: PropertyKey): void {
  if (logs.length === 0 || views.has(object) || isAccessor(object, key)) return;
  for (const log of logs) {
    if (Array.isArray(object))
      log.record(object, contentOf, () => contentOf(object as unknown[], "the list"));
    else log.record(object, key, () => propertyOf(object, key));
  }
}

/** A private field will be written. */
export function willWriteField(object: object, key: unknown, place: Place): void {
  for (const log of logs) log.record(object, key, () => place);
}
