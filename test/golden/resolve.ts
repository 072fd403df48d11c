/**
 * @file From the Python name of a golden vector to a function of its decoded arguments.
 *
 * In this order: a program of our own (`program.*`, `derived.*`, `error.*`, `tree.*` …), an expression that the
 * vector spells out in `doc`, a family of functions that are called in another way than by name and arguments, and
 * otherwise the public function whose name api.json gives in TypeScript's spelling.
 */
import { readJson } from "../util/files.ts";
import { MissingFunction, either, exists, grad, lax, library, nn, np } from "./library.ts";
import type { Arr, Call } from "./library.ts";
import { Operation, decode } from "./codec.ts";
import type { Index, Json } from "./codec.ts";
import { programOf } from "./programs/index.ts";
import { scheduleValues, trajectory } from "./programs/optimizers.ts";
import type { Vector } from "./vectors.ts";

type Fn = (...args: unknown[]) => unknown;

interface ApiName {
  readonly name: string;
  readonly camel: string;
}

/** Python path without the leading `jax.` to the TypeScript name of its last part. */
const spelling = await (async (): Promise<ReadonlyMap<string, string>> => {
  const api = (await readJson("api.json", import.meta.url)) as {
    readonly modules: Readonly<Record<string, readonly ApiName[]>>;
  };
  const entries = Object.entries(api.modules).flatMap(([module, names]) =>
    names.map(({ name, camel }): [string, string] => [`${module.replace(/^jax\.?/, "")}.${name}`, camel]),
  );
  return new Map(entries);
})();

export const camelCase = (name: string): string =>
  name.replace(/(?<=[^_])_([a-z0-9])/g, (_, c: string) => c.toUpperCase());

/** Where a Python module may live in the library, if not under its own name: dotted paths, "" for the package. */
const homes: Readonly<Record<string, readonly string[]>> = {
  optax: ["optim"],
  "optax.losses": ["optim.losses", "optim"],
  "optax.projections": ["optim.projections", "optim"],
  "optax.schedules": ["optim.schedules", "optim"],
  "optax.tree_utils": ["optim.treeUtils", "optim"],
  tree_util: ["treeUtil", "tree", ""],
  flatten_util: ["flattenUtil", "tree", ""],
  dtypes: ["dtypes", "numpy"],
  "experimental.ode": ["experimental.ode", "ode"],
};

const member = (space: Call, path: readonly string[]): Call =>
  path.reduce((at, name) => (name === "" ? at : at[name]), space);

/** The public function of a Python name; a stand-in that throws `MissingFunction` if there is none. */
export function publicFunction(fn: string): Call {
  const parts = fn.split(".");
  const names = parts.map((part, i) => spelling.get(parts.slice(0, i + 1).join(".")) ?? camelCase(part));
  const module = parts.slice(0, -1).join(".");
  const last = names[names.length - 1];
  const spaces = homes[module]?.map((home) => home.split(".")) ?? [names.slice(0, -1)];
  const candidates = spaces.flatMap((space) => {
    const bare = last.replace(/_$/, "");
    return [...new Set([last, bare])].map((name) => member(library, [...space, name]));
  });
  return either(...candidates);
}

/** The function that a vector names by an operation, such as `{"op": "max"}`: the one of the vector's own module. */
function operation({ name }: Operation, fn: string): Call {
  const camel = camelCase(name);
  return fn.startsWith("numpy.") ? either(np[camel], lax[camel]) : either(lax[camel], np[camel], nn[camel]);
}

const decodeOptions = (kwargs: { readonly [name: string]: Json }): Record<string, unknown> =>
  Object.fromEntries(Object.entries(kwargs).map(([k, v]) => [camelCase(k), decode(v)]));

/** Calls with the vector's keyword arguments as the trailing options object. */
function withOptions(f: Fn, kwargs: { readonly [name: string]: Json }): Fn {
  if (Object.keys(kwargs).length === 0) return f;
  const options = decodeOptions(kwargs);
  return (...args) => f(...args, options);
}

type Family = (v: Vector) => Fn | null;

/** `x[index]` */
const indexing: Family = (v) =>
  v.fn === "index.get" ? (x, index) => (x as Arr).slice(...((index as Index).entries as number[])) : null;

/** `x.at[index].set(...)` and the like */
const indexUpdates: Family = (v) => {
  if (!v.fn.startsWith("at.")) return null;
  const name = v.fn.slice(3);
  return withOptions((x, index, ...rest) => {
    const at = (x as Arr).at(...((index as Index).entries as number[])) as unknown as Record<
      string,
      Fn | undefined
    >;
    const update = at[name];
    if (update === undefined) throw new MissingFunction(`array.at(...).${name}`);
    return update.call(at, ...rest.map((a) => (a instanceof Operation ? operation(a, v.fn) : a)));
  }, v.kwargs);
};

/** gather and scatter, whose dimension numbers the vectors keep in the keyword `dn` (and slice sizes in `ss`). */
const gathers: Family = (v) => {
  const { dn, ss, ...kwargs } = v.kwargs;
  if (dn === undefined) return null;
  const options = decodeOptions(
    v.note?.includes("unique_indices=True") ? { ...kwargs, unique_indices: true } : kwargs,
  );
  const dimensions = decodeOptions(dn as { readonly [name: string]: Json });
  const f = publicFunction(v.fn);
  return (...args) => f<unknown>(...args, dimensions, ...(ss === undefined ? [] : [decode(ss)]), options);
};

/** Initialisers: a function that makes the function of (key, shape, dtype); zeros and ones are that function. */
const initializers: Family = (v) => {
  if (v.factory_args === undefined) return null;
  const f = publicFunction(v.fn);
  const made = (): Fn => (/\.(zeros|ones)$/.test(v.fn) ? f : f<Fn>(...v.factory_args!.map(decode)));
  return (...args) => made()(...args, "float32");
};

/** The keyword arguments of the parts of a schedule, in a list, under the library's names. */
function spellKeys(x: unknown): unknown {
  if (!Array.isArray(x)) return x;
  return x.map((part: unknown) =>
    typeof part === "object" && part !== null && Object.getPrototypeOf(part) === Object.prototype
      ? Object.fromEntries(Object.entries(part).map(([k, v]) => [camelCase(k), v]))
      : part,
  );
}

/** Optimisers by their trajectory on a test problem, schedules by their values at some steps. */
const optimizers: Family = (v) => {
  if (v.steps === undefined) return null;
  const f = publicFunction(v.fn);
  if (v.optimizer_kwargs === undefined) {
    return withOptions((...args) => scheduleValues(f<Fn>(...args.map(spellKeys)), v.steps!), v.kwargs);
  }
  const { learning_rate: rate, ...rest } = v.optimizer_kwargs;
  const options = Object.keys(rest).length > 0 ? [decodeOptions(rest)] : [];
  return (...args) =>
    trajectory(f<Call>(...(rate === undefined ? [] : [decode(rate)]), ...options), v.steps!, args);
};

/** A function and its first three derivatives by nested grad. */
const towers: Family = (v) => {
  if (!v.note?.includes("by nested jax.grad")) return null;
  const f = withOptions(publicFunction(v.fn), v.kwargs);
  const derivatives = [f];
  for (let i = 0; i < 3; i++) derivatives.push(grad<Fn>(derivatives[i]));
  return (...args) => derivatives.map((d) => d(...args));
};

/** The flat array of a pytree; that it unravels again is checked apart. */
const ravel: Family = (v) =>
  v.fn === "flatten_util.ravel_pytree" ? (...args) => publicFunction(v.fn)<unknown[]>(...args)[0] : null;

/** finfo and iinfo, whose attributes are camel-cased here. */
const machineLimits: Family = (v) => {
  if (!/^numpy\.[fi]info$/.test(v.fn)) return null;
  return (dtype) => {
    const limits = publicFunction(v.fn)<Record<string, unknown>>(dtype);
    return Object.fromEntries(Object.keys(v.out as object).map((k) => [k, limits[camelCase(k)]]));
  };
};

const families: readonly Family[] = [
  machineLimits,
  indexing,
  indexUpdates,
  gathers,
  initializers,
  optimizers,
  towers,
  ravel,
];

function ownProgram(v: Vector): Fn | null {
  const program = programOf(v.fn, v.doc);
  if (program !== undefined) return program;
  if (v.doc !== undefined) throw new MissingFunction(`program for ${v.fn}: ${v.doc}`);
  return null;
}

/**
 * The function of a vector, to be called with its decoded arguments.
 * @throws MissingFunction if there is no such function.
 */
export function resolve(v: Vector): Fn {
  const own = ownProgram(v);
  if (own !== null) return own;
  for (const family of families) {
    const f = family(v);
    if (f !== null) return f;
  }
  const f = publicFunction(v.fn);
  if (!exists(f)) f();
  return withOptions(
    (...args) => f(...args.map((a) => (a instanceof Operation ? operation(a, v.fn) : a))),
    v.kwargs,
  );
}
