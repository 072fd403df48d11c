/**
 * @file Types of transformed functions: the tree types of parameters and results survive.
 *
 * Where a function takes an `Array`, the transformed one also takes numbers and typed arrays; where it takes a tree of
 * arrays, the same tree of those.
 */
import type { ArrayLike, NDArray } from "./array.ts";

export type Atom = string | bigint | symbol | null | undefined | AnyFunction;

type AnyFunction = (...args: never[]) => unknown;

/**
 * True for instances of classes that are no plain objects: those with methods, or with members that are not public. They
 * are nodes of pytrees as they are, and stay what they are. (A class of public fields alone has the type of a plain object.)
 */
export type IsInstance<T> = { [K in keyof T]: T[K] } extends T
  ? [Extract<T[keyof T], AnyFunction>] extends [never]
    ? false
    : true
  : true;

/** Results of a fixed number are tuples up to this length. */
export const mostRepeated = 16;

/** So many of a type, in order; a list of them where the number is not known to the compiler (or larger than 16). */
export type Repeat<T, N extends number, Found extends T[] = []> = number extends N
  ? T[]
  : Found["length"] extends N
    ? Found
    : Found["length"] extends typeof mostRepeated
      ? T[]
      : Repeat<T, N, [...Found, T]>;

/** One array for each entry of a list. */
export type ArraysOf<L extends readonly unknown[]> = { -readonly [K in keyof L]: NDArray };

/** What a caller may pass where the function takes a `T`. */
export type LikeTree<T> = unknown extends T
  ? T
  : [T] extends [never]
    ? T
    : [T] extends [ArrayLike]
      ? ArrayLike
      : T extends NDArray
        ? ArrayLike
        : T extends Atom | number | boolean
          ? T
          : T extends readonly unknown[]
            ? { readonly [K in keyof T]: LikeTree<T[K]> }
            : IsInstance<T> extends true
              ? T
              : { readonly [K in keyof T]: LikeTree<T[K]> };

/**
 * A tree of the structure of `T` whose leaves are arrays: a result, a gradient, a tangent. It is made anew, so that nothing
 * in it is read-only.
 */
export type ArrayTree<T> = unknown extends T
  ? T
  : [T] extends [never]
    ? T
    : [T] extends [ArrayLike]
      ? NDArray
      : T extends ArrayLike
        ? NDArray
        : T extends Atom
          ? T
          : T extends readonly unknown[]
            ? { -readonly [K in keyof T]: ArrayTree<T[K]> }
            : IsInstance<T> extends true
              ? T
              : { -readonly [K in keyof T]: ArrayTree<T[K]> };

/** A tree of the structure of `Outer` with a tree of the structure of `Inner` at each leaf: a Jacobian. */
export type JacobianTree<Outer, Inner> = unknown extends Outer
  ? unknown
  : [Outer] extends [ArrayLike]
    ? ArrayTree<Inner>
    : Outer extends Atom
      ? Outer
      : { [K in keyof Outer]: JacobianTree<Outer[K], Inner> };

/**
 * What a body returns where a `T` goes in: a tree of its structure. Lists of arrays may be of any length to the compiler, since
 * `map` does not keep lengths.
 */
export type Returned<T> = unknown extends T
  ? T
  : [T] extends [never]
    ? T
    : [T] extends [ArrayLike]
      ? ArrayLike
      : T extends NDArray
        ? ArrayLike
        : T extends Atom | number | boolean
          ? T
          : T extends readonly ArrayLike[]
            ? readonly ArrayLike[]
            : T extends readonly unknown[]
              ? { readonly [K in keyof T]: Returned<T[K]> }
              : IsInstance<T> extends true
                ? T
                : { readonly [K in keyof T]: Returned<T[K]> };

/** The arguments that a function gets from a loop or a branch: arrays where the caller may pass numbers. */
export type ArrayArgs<A extends readonly unknown[]> = { -readonly [K in keyof A]: ArrayTree<A[K]> };

/** The arguments of a transformed function. */
export type LikeArgs<A extends readonly unknown[]> = { [K in keyof A]: LikeTree<A[K]> };

/** Which arguments to differentiate with respect to. */
export type Argnums = number | readonly number[];

/**
 * The tree for one argument number, or the list of trees for several. Options without argnums leave `N` at its bound: the
 * first argument.
 */
export type AtArgnums<A extends readonly unknown[], N extends Argnums> = Argnums extends N
  ? ArrayTree<A[0]>
  : N extends number
    ? ArrayTree<A[N]>
    : N extends readonly number[]
      ? { -readonly [K in keyof N]: N[K] extends number ? ArrayTree<A[N[K]]> : never }
      : never;

/** The function's own result where it also returns auxiliary data. */
export type MainOf<R, H extends boolean> = H extends true
  ? R extends readonly [infer Out, unknown]
    ? Out
    : never
  : R;
export type AuxOf<R> = R extends readonly [unknown, infer Aux] ? Aux : never;

/** The argument numbers that the options of a transformation name. */
export type ArgnumsOf<O> = O extends Argnums
  ? O
  : O extends { readonly argnums: infer N extends Argnums }
    ? N
    : 0;
/** Whether the options say that the function returns auxiliary data. */
export type HasAux<O> = O extends { readonly hasAux: true } ? true : false;
