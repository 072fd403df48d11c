/**
 * @file The types of what transformations return, for a function with arguments `A` and result `R`.
 *
 * `H` says whether the function returns `[result, aux]`; `O` is the type of the options, `N` that of the argument numbers in
 * them.
 */
import type {
  Argnums,
  ArgnumsOf,
  ArrayTree,
  AtArgnums,
  AuxOf,
  HasAux,
  JacobianTree,
  LikeArgs,
  LikeTree,
  MainOf,
} from "../core/tree-types.ts";

/** The value and the tangent. */
export type JvpResult<R, H extends boolean> = H extends true
  ? [ArrayTree<MainOf<R, H>>, ArrayTree<MainOf<R, H>>, AuxOf<R>]
  : [ArrayTree<R>, ArrayTree<R>];

/** The value and the linear map of tangents. */
export type LinearizeResult<A extends unknown[], R, H extends boolean> = H extends true
  ? [ArrayTree<MainOf<R, H>>, (...tangents: LikeArgs<A>) => ArrayTree<MainOf<R, H>>, AuxOf<R>]
  : [ArrayTree<R>, (...tangents: LikeArgs<A>) => ArrayTree<R>];

/** The value and the pullback of cotangents. */
export type VjpResult<A extends unknown[], R, H extends boolean> = H extends true
  ? [ArrayTree<MainOf<R, H>>, (cotangent: LikeTree<MainOf<R, H>>) => ArrayTree<A>, AuxOf<R>]
  : [ArrayTree<R>, (cotangent: LikeTree<R>) => ArrayTree<A>];

/** The gradient. */
export type GradResult<A extends unknown[], R, O> =
  HasAux<O> extends true ? [AtArgnums<A, ArgnumsOf<O>>, AuxOf<R>] : AtArgnums<A, ArgnumsOf<O>>;

/** The value and the gradient. */
export type ValueAndGradResult<A extends unknown[], R, O> = [
  HasAux<O> extends true ? [ArrayTree<MainOf<R, true>>, AuxOf<R>] : ArrayTree<R>,
  AtArgnums<A, ArgnumsOf<O>>,
];

export type JacobianResult<A extends unknown[], R, N extends Argnums, H extends boolean> = H extends true
  ? [JacobianTree<MainOf<R, H>, AtArgnums<A, N>>, AuxOf<R>]
  : JacobianTree<R, AtArgnums<A, N>>;

export type HessianResult<A extends unknown[], R, N extends Argnums, H extends boolean> = H extends true
  ? [JacobianTree<MainOf<R, H>, JacobianTree<AtArgnums<A, N>, AtArgnums<A, N>>>, AuxOf<R>]
  : JacobianTree<R, JacobianTree<AtArgnums<A, N>, AtArgnums<A, N>>>;
