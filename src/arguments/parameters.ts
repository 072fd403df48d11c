/**
 * @file Parameters of public functions as data: a name, what it takes, a default. Functions are declared from lists of
 * them (declare.ts), which say at once what is checked, what callers may write, and what is documented.
 */
import { type ArrayLike, NDArray, isArrayLike } from "../core/array.ts";
import { ArgumentError } from "../base/errors.ts";
import type { DType } from "../dtypes/dtype.ts";
import type { Rest } from "./rest.ts";

/** What a parameter takes. `any` and `tree` are not checked here, but by the function; a tree may be a plain object. */
const kinds = {
  number: "a number or an array",
  rate: "a number, an array, or a schedule",
  flag: "true or false",
  any: "a value",
  tree: "a value",
} as const;
export type Kind = keyof typeof kinds;

/**
 * One parameter. `T` is a tuple of the type that it has by position, `[axis: Axis]`, whose label editors show; `G` says that
 * callers must give it; `V` is the type of its values.
 */
export interface Param<N extends string, T extends readonly [unknown], G extends boolean = false, V = T[0]> {
  readonly name: N;
  readonly kind: Kind;
  readonly required: boolean;
  readonly initial: V | undefined;
  /** Of types alone: what it is by position, and whether the compiler asks for it. */
  readonly position?: T;
  readonly given?: G;
}

export type AnyParam = Param<string, readonly [unknown], boolean, unknown>;

type ValueOf<P> = P extends Param<string, readonly [unknown], boolean, infer V> ? V : never;

/** The values of parameters by name, with their defaults. */
export type Values<Ps extends readonly AnyParam[]> = { readonly [P in Ps[number] as P["name"]]: ValueOf<P> };

/** Their types in order. */
export type Positions<Ps extends readonly AnyParam[]> = Ps extends readonly [
  infer P,
  ...infer R extends readonly AnyParam[],
]
  ? P extends Param<string, infer T, boolean, unknown>
    ? [...T, ...Positions<R>]
    : never
  : [];

/** The parameters that must be given. */
type RequiredOf<Ps extends readonly AnyParam[]> = {
  readonly [P in Ps[number] as IsRequired<P> extends true ? P["name"] : never]: ValueOf<P>;
};

type IsRequired<P> = P extends { readonly given?: infer G } ? (true extends G ? true : false) : false;

/** True if one of the parameters must be given. */
type AnyRequired<Ps extends readonly AnyParam[]> = true extends { [K in keyof Ps]: IsRequired<Ps[K]> }[number]
  ? true
  : false;

/** What a parameter is by position; undefined stands for its default. */
type PositionOf<P> =
  P extends Param<string, infer T, boolean, unknown>
    ? IsRequired<P> extends true
      ? T
      : { [K in keyof T]: T[K] | undefined }
    : never;

/** The arguments while parameters are left that must be given: by position, or by name. */
type Asked<Ps extends readonly AnyParam[], Ks extends readonly AnyParam[], O> =
  AnyRequired<[...Ps, ...Ks]> extends true
    ? | [options: O & RequiredOf<[...Ps, ...Ks]>]
      | (Ps extends readonly [infer P, ...infer R extends readonly AnyParam[]]
          ? [...PositionOf<P>, ...Asked<R, Ks, O>]
          : never)
    : Rest<Positions<Ps>, O>;

/** What may be written behind the operands of a function with positional parameters `Ps` and further ones `Ks` by name. */
export type RestOf<Ps extends readonly AnyParam[], Ks extends readonly AnyParam[] = []> = Asked<
  Ps,
  Ks,
  OptionsOf<[...Ps, ...Ks]>
>;

/** The options object of a function with the parameters `Ps`. */
export type OptionsOf<Ps extends readonly AnyParam[]> = {
  readonly [P in Ps[number] as P["name"]]?: ValueOf<P> | undefined;
};

const make = <N extends string, T extends readonly [unknown], G extends boolean = false, V = T[0]>(
  kind: Kind,
  name: N,
  initial: readonly unknown[],
): Param<N, T, G, V> => ({
  name,
  kind,
  required: initial.length === 0,
  initial: initial[0] as V | undefined,
});

type Default<T> = readonly [T] | readonly [];

/** A parameter with a default: `param<[axis: number]>()("axis", -1)`. */
export const param =
  <T extends readonly [unknown]>() =>
  <const N extends string>(name: N, initial: T[0]): Param<N, T> =>
    make("any", name, [initial]);

/** A parameter that is null where it is left out; in the options it may say so. */
export const maybe =
  <T extends readonly [unknown]>() =>
  <const N extends string>(name: N): Param<N, T, false, T[0] | null> =>
    make("any", name, [null]);

/** A parameter that must be given, by position or by name. */
export const given =
  <T extends readonly [unknown]>() =>
  <const N extends string>(name: N): Param<N, T, true> =>
    make("any", name, []);

/** A number, or an array (of a transformation, perhaps); without a default it must be given. */
export function number<const N extends string>(name: N): Param<N, [ArrayLike], true>;
export function number<const N extends string>(name: N, initial: ArrayLike): Param<N, [ArrayLike]>;
export function number<const N extends string>(
  name: N,
  ...initial: Default<ArrayLike>
): Param<N, [ArrayLike], boolean> {
  return make("number", name, initial);
}

/** From the number of the step (0 first) to a value. */
export type Schedule = (count: ArrayLike) => ArrayLike;
/** A hyperparameter: one value, or one that changes with the steps. */
export type ScalarOrSchedule = ArrayLike | Schedule;

/** A number or a schedule; without a default it must be given. */
export function rate<const N extends string>(name: N): Param<N, [ScalarOrSchedule], true>;
export function rate<const N extends string>(
  name: N,
  initial: ScalarOrSchedule,
): Param<N, [ScalarOrSchedule]>;
export function rate<const N extends string>(
  name: N,
  ...initial: Default<ScalarOrSchedule>
): Param<N, [ScalarOrSchedule], boolean> {
  return make("rate", name, initial);
}

/** A boolean. */
export const flag = <const N extends string>(name: N, initial: boolean): Param<N, [boolean]> =>
  make("flag", name, [initial]);

/** Whatever else, of type `T`: it may be a tree. */
export const value =
  <T>() =>
  <const N extends string>(name: N, ...initial: Default<T>): Param<N, [T]> =>
    make("tree", name, initial);

/** A dtype, or null for that of the operands. */
export const dtypeOf = <const N extends string>(name: N): Param<N, [DType | null]> =>
  make("tree", name, [null]);

function fits(kind: Kind, x: unknown): boolean {
  if (kind === "any" || kind === "tree") return true;
  if (kind === "flag") return typeof x === "boolean";
  return isArrayLike(x) || (kind === "rate" && typeof x === "function");
}

/** @throws ArgumentError if a value is not what a parameter of the function `name` takes. */
export function checkParam(name: string, p: AnyParam, x: unknown): void {
  if (fits(p.kind, x) || (x === null && p.initial === null)) return;
  const got = x instanceof NDArray ? "an array" : x === null ? "null" : typeof x;
  throw new ArgumentError(`${name}: '${p.name}' must be ${kinds[p.kind]}; got ${got}.`);
}
