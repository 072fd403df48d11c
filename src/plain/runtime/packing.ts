/** @file The arrays as which trees travel through a loop: one for each leaf, and one for a whole list of numbers. */
import { ConcreteArray, type NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { stack } from "../../numpy/shapes/joining.ts";
import { noteStack, unstack } from "./indexing.ts";
import { type Tree, avalOf, close, leaves, toAval } from "./trees.ts";
import { type Leaf, unbox } from "./values.ts";

/** Lists of at least so many numbers travel as one array. */
const packed = 8;

/** Leaves that travel together. */
interface Group {
  readonly aval: ShapedArray;
  readonly count: number;
}

/** The leaves of a list, if they are so many scalars of one type. */
function together(tree: Tree): Group | null {
  if (tree.node !== "list" || tree.items.length < packed) return null;
  const avals = tree.items.map((t) => (t.node === "leaf" ? avalOf(t.value) : null));
  const [first] = avals;
  return first?.ndim === 0 && avals.every((a) => a?.dtype === first.dtype && a.ndim === 0)
    ? { aval: shaped([avals.length], first.dtype), count: avals.length }
    : null;
}

function groupsOf(tree: Tree): Group[] {
  if (tree.node === "leaf") return [{ aval: avalOf(tree.value), count: 1 }];
  if (tree.node !== "list" && tree.node !== "record") return [];
  const whole = together(tree);
  return whole === null ? tree.items.flatMap(groupsOf) : [whole];
}

/** How trees of one structure become arrays. */
export class Packing {
  readonly #trees: readonly Tree[];
  readonly #groups: readonly Group[];

  constructor(trees: readonly Tree[]) {
    this.#trees = trees;
    this.#groups = trees.flatMap(groupsOf);
  }

  /** One tree alone. */
  get tree(): Tree {
    return this.#trees[0];
  }

  get avals(): readonly ShapedArray[] {
    return this.#groups.map((g) => g.aval);
  }

  /** The leaves of trees of this structure, as arrays of these types. */
  pack(all: readonly Leaf[]): NDArray[] {
    let at = 0;
    return this.#groups.map(({ aval, count }) => {
      const part = all.slice(at, (at += count));
      if (count === 1) return toAval(part[0], aval);
      const one = shaped([], aval.dtype);
      return stack(part.map((x) => toAval(x, one)));
    });
  }

  packTrees(trees: readonly Tree[]): NDArray[] {
    return this.pack(trees.flatMap(leaves));
  }

  /** The values of the trees, of arrays. */
  unpack(arrays: readonly NDArray[]): unknown[] {
    const wholes = new Map<NDArray, NDArray>();
    const parts = this.#groups.flatMap(({ count }, k): Leaf[] => {
      if (count === 1) return [unbox(arrays[k])];
      const whole = arrays[k];
      if (whole instanceof ConcreteArray && whole.dtype === "float64") return [...whole.dataSync()];
      const elements = unstack(whole);
      wholes.set(elements[0], whole);
      return elements;
    });
    let at = 0;
    const note = (value: unknown): void => {
      if (!Array.isArray(value)) return;
      const whole = wholes.get(value[0] as NDArray);
      if (whole?.shape[0] === value.length) noteStack(value, whole);
      else value.forEach(note);
    };
    return this.#trees.map((tree) => {
      const value = close(tree, () => parts[at++]);
      note(value);
      return value;
    });
  }
}
