/**
 * @file How the functions of `optim` are declared: a list of parameters, each with a name, a kind and a default, and the
 * function of their values. Parameters may be given by position, or by name in a trailing object, or some of each.
 *
 * The declaration is kept with the function, so that `injectHyperparams` can tell hyperparameters by name.
 */
import { type Rest, isPlainObject } from "../../arguments/named.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { isArrayLike } from "../../lax/operands/convert.ts";

/** From the number of the step (0 first) to a value. */
export type Schedule = (count: ArrayLike) => ArrayLike;
/** A hyperparameter: one value, or one that changes with the steps. */
export type ScalarOrSchedule = ArrayLike | Schedule;

const kinds = {
  number: "a number or an array",
  rate: "a number, an array, or a schedule",
  flag: "true or false",
  any: "a value",
} as const;
type Kind = keyof typeof kinds;

/** One parameter. `T` is the type of its values. */
export interface Param<N extends string, T> {
  readonly name: N;
  readonly kind: Kind;
  readonly required: boolean;
  readonly initial: T | undefined;
}

type AnyParam = Param<string, unknown>;
type TypeOf<P> = P extends Param<string, infer T> ? T : never;
type Values<Ps extends readonly AnyParam[]> = { readonly [P in Ps[number] as P["name"]]: TypeOf<P> };
type Types<Ps extends readonly AnyParam[]> = { -readonly [K in keyof Ps]: TypeOf<Ps[K]> };

/** The options of a function declared with the parameters `Ps`. */
export type OptionsOf<Ps extends readonly AnyParam[]> = {
  readonly [P in Ps[number] as P["name"]]?: TypeOf<P> | undefined;
};

/** A function declared with positional parameters `Ps` and further ones `Ks` by name only. */
export type Defined<Ps extends readonly AnyParam[], Ks extends readonly AnyParam[], R> = (
  ...args: Rest<Types<Ps>, OptionsOf<[...Ps, ...Ks]>>
) => R;

const make =
  <T>(kind: Kind) =>
  <const N extends string>(name: N, ...initial: readonly [T] | readonly []): Param<N, T> => ({
    name,
    kind,
    required: initial.length === 0,
    initial: initial[0],
  });

/** A number, or an array (of a transformation, perhaps); without a default it must be given. */
export const number: <const N extends string>(
  name: N,
  ...initial: readonly [ArrayLike] | readonly []
) => Param<N, ArrayLike> = make<ArrayLike>("number");
/** A number or a schedule. */
export const rate: <const N extends string>(
  name: N,
  ...initial: readonly [ScalarOrSchedule] | readonly []
) => Param<N, ScalarOrSchedule> = make<ScalarOrSchedule>("rate");
/** A boolean. */
export const flag = <const N extends string>(name: N, initial: boolean): Param<N, boolean> =>
  make<boolean>("flag")(name, initial);
/** Whatever else: of type `T`. */
export const value =
  <T>() =>
  <const N extends string>(name: N, ...initial: readonly [T] | readonly []): Param<N, T> =>
    make<T>("any")(name, ...initial);
/** A dtype, or null for that of the parameters. */
export const dtype = <const N extends string>(name: N): Param<N, DType | null> =>
  make<DType | null>("any")(name, null);

interface Signature {
  readonly name: string;
  readonly params: readonly AnyParam[];
  /** How many of them may be given by position. */
  readonly positional: number;
}

const signatures = new WeakMap<object, Signature>();

/** The declaration of a function made by `define`. */
export const signatureOf = (f: object): Signature | undefined => signatures.get(f);

function fits(kind: Kind, x: unknown): boolean {
  if (kind === "any") return true;
  if (kind === "flag") return typeof x === "boolean";
  return isArrayLike(x) || (kind === "rate" && typeof x === "function");
}

function check(name: string, p: AnyParam, x: unknown): void {
  if (fits(p.kind, x) || (x === null && p.initial === null)) return;
  const got = x instanceof NDArray ? "an array" : x === null ? "null" : typeof x;
  throw new ArgumentError(`${name}: '${p.name}' must be ${kinds[p.kind]}; got ${got}.`);
}

/**
 * True if the last argument holds options: a plain object in a place that takes no trees, or one that names parameters.
 * (A mask is a plain object too.)
 */
function holdsOptions({ params, positional }: Signature, args: readonly unknown[]): boolean {
  const last = args[args.length - 1];
  if (!isPlainObject(last)) return false;
  const keys = Object.keys(last);
  const at = args.length - 1;
  const takesTrees = at < positional && params[at].kind === "any" && params[at].initial !== undefined;
  if (!takesTrees && !(at < positional && params[at].kind === "any" && params[at].required)) return true;
  return keys.length > 0 && keys.some((k) => params.some((p) => p.name === k));
}

/** The arguments by name, without defaults. */
export function bindArguments(signature: Signature, given: readonly unknown[]): Record<string, unknown> {
  const { name, params, positional } = signature;
  let n = given.length;
  while (n > 0 && given[n - 1] === undefined) n--;
  const args = given.slice(0, n);
  const options = holdsOptions(signature, args) ? (args.pop() as Record<string, unknown>) : {};
  if (args.length > positional) {
    throw new ArgumentError(
      `${name}: ${args.length - positional} arguments too many; it takes ${params
        .slice(0, positional)
        .map((p) => p.name)
        .join(", ")} and an options object.`,
    );
  }
  checkOptions(
    name,
    options,
    params.map((p) => p.name),
  );
  const out: Record<string, unknown> = {};
  args.forEach((x, i) => (out[params[i].name] = x));
  for (const [key, x] of Object.entries(options)) {
    if (x === undefined) continue;
    if (out[key] !== undefined)
      throw new ArgumentError(`${name}: '${key}' is given by position and in the options; give it once.`);
    out[key] = x;
  }
  return out;
}

/** The arguments by name: checked, and with the defaults for those not given. */
export function settle(signature: Signature, given: readonly unknown[]): Record<string, unknown> {
  const out = bindArguments(signature, given);
  for (const p of signature.params) {
    if (out[p.name] !== undefined) check(signature.name, p, out[p.name]);
    else if (p.required) throw new ArgumentError(`${signature.name}: the argument '${p.name}' is missing.`);
    else out[p.name] = p.initial;
  }
  return out;
}

/**
 * Declares a function.
 * @param params that may be given by position, in order, or by name
 * @param named that may be given by name only
 * @param build the function of all their values
 */
export function define<const Ps extends readonly AnyParam[], const Ks extends readonly AnyParam[], R>(
  name: string,
  params: Ps,
  named: Ks,
  build: (values: Values<[...Ps, ...Ks]>) => R,
): Defined<Ps, Ks, R> {
  const signature: Signature = { name, params: [...params, ...named], positional: params.length };
  const call = (...args: readonly unknown[]): R => build(settle(signature, args) as Values<[...Ps, ...Ks]>);
  signatures.set(call, signature);
  return call;
}
