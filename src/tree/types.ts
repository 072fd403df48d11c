/** @file Types of trees: of their leaves, of their structure, and of trees of the same structure. */
import type { NDArray } from "../core/array.ts";
import type { TreeDef } from "../core/tree.ts";
import type { IsInstance } from "../core/tree-types.ts";

type Leaf =
  NDArray | string | number | boolean | bigint | symbol | ArrayBufferView | ((...args: never[]) => unknown);

/**
 * The type of the leaves of a tree of type `T`; `never` if that is not known.
 */
export type LeafOf<T> = unknown extends T
  ? never
  : T extends Leaf
    ? T
    : T extends null | undefined
      ? never
      : T extends readonly (infer U)[]
        ? LeafOf<U>
        : T extends object
          ? IsInstance<T> extends true
            ? unknown
            : { [K in keyof T]: LeafOf<T[K]> }[keyof T]
          : T;

/** The leaves that a tree of type `T` has: unknown where the type does not tell, as with instances of classes. */
export type LeavesOf<T> = [LeafOf<T>] extends [never] ? unknown : LeafOf<T>;

declare const ofTree: unique symbol;

/** The structure of a tree of type `T`. */
export type StructureOf<T> = TreeDef & { readonly [ofTree]?: T };

/** What a function of leaves of a tree of type `T` takes: anything, where the type does not tell. */
export type TakenLeaf<T> = unknown extends LeafOf<T> ? never : LeafOf<T>;

/**
 * The type of a tree of type `T` with leaves of type `R`.
 */
export type MapTree<T, R> = unknown extends T
  ? unknown
  : T extends Leaf
    ? R
    : T extends null | undefined
      ? T
      : IsInstance<T> extends true
        ? T extends readonly unknown[]
          ? { [K in keyof T]: MapTree<T[K], R> }
          : T
        : { [K in keyof T]: MapTree<T[K], R> };
