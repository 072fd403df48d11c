/**
 * @file `sharding_constraint`: the identity that says how a value lies on the devices of a mesh. One device ignores it; an
 * exported program carries it, and XLA partitions by it.
 */
import { refuseMore, show } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";
import type { NDArray } from "../../core/array.ts";
import type { Primitive } from "../../core/primitive.ts";
import { checkFit, checkRank } from "../../core/sharding/fit.ts";
import {
  type Cuts,
  Mesh,
  NamedSharding,
  PartitionSpec,
  type Sharding,
  entriesOf,
} from "../../core/sharding/mesh.ts";
import { bind1 } from "../../core/trace.ts";
import { broadcastPrefix, treeFlatten, treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { batchInPlace } from "../../interpreters/rules.ts";
import { map } from "../../loops/pull.ts";
import { linear } from "../families/linear.ts";
import { asArray } from "../operands/convert.ts";
import type { ArrayLike } from "../../core/array.ts";

/** Plain data: programs are kept by their parameters. */
type ConstraintParams = {
  /** Null: the mesh that the program is exported for. */
  readonly mesh: { readonly axisSizes: readonly number[]; readonly axisNames: readonly string[] } | null;
  readonly cuts: Cuts;
};

const shardingConstraintP: Primitive<ConstraintParams> = linear<ConstraintParams>({
  name: "sharding_constraint",
  kind: "movement",
  aliases: true,
  stablehlo: (b, [x], { mesh, cuts }) => {
    const named = mesh === null ? null : new Mesh(mesh.axisSizes, mesh.axisNames);
    const sharding = b.sharding(named, cuts, x.type, "withShardingConstraint");
    return [b.op("sdy.sharding_constraint", [x], x.type, { attributes: { sharding } })];
  },
  abstractEval: ([x]) => [x],
  lower: (_context, [x]) => map(x),
  transpose: (ct, _avals, params) => bind1(shardingConstraintP, [ct], params),
  // The axis of the lanes is cut as the compiler likes.
  batch: batchInPlace(
    () => shardingConstraintP,
    ({ mesh, cuts }, dim) => {
      const padded = Array.from({ length: Math.max(cuts.length, dim) }, (_, i) =>
        i < cuts.length ? cuts[i] : [],
      );
      return [{ mesh, cuts: [...padded.slice(0, dim), null, ...padded.slice(dim)] }, dim];
    },
  ),
});

/** One sharding, or a tree of them that is a prefix of a tree of arrays. */
export type ShardingPrefix =
  Sharding | readonly ShardingPrefix[] | { readonly [key: string]: ShardingPrefix };

function constrain(leaf: unknown, sharding: unknown): NDArray {
  const where = "withShardingConstraint";
  const x = asArray(leaf as ArrayLike, where);
  if (sharding instanceof NamedSharding) {
    const { mesh, spec } = sharding;
    const cuts = entriesOf(spec);
    checkFit(mesh, cuts, x.shape, where);
    return bind1(shardingConstraintP, [x], {
      mesh: { axisSizes: mesh.axisSizes, axisNames: mesh.axisNames },
      cuts,
    });
  }
  if (!(sharding instanceof PartitionSpec))
    throw new ArgumentError(`${where}: expected a NamedSharding or a PartitionSpec; got ${show(sharding)}.`);
  const cuts = entriesOf(sharding);
  checkRank(cuts, x.shape, where);
  return bind1(shardingConstraintP, [x], { mesh: null, cuts });
}

/**
 * The arrays of a tree, unchanged, with a word for whoever runs the program on several devices: there they lie as `shardings`
 * says, one for all or a tree that is a prefix of the tree of arrays. On one device it costs nothing. The cotangent has the
 * same sharding; under `vmap` the axis of the lanes is left to the compiler.
 *
 * A `PartitionSpec` without a mesh stands for the mesh that the program is exported for.
 * @throws ArgumentError if a spec names an axis that its mesh has not, or one twice
 * @throws ShapeError if a spec has more entries than the array axes, or an axis cannot be cut in equal parts
 * @throws TreeError if the shardings are no prefix of the tree
 * @see jax.lax.with_sharding_constraint
 * @example
 * const { NamedSharding, P, makeMesh } = sharding;
 * const rows = new NamedSharding(makeMesh([2], ["data"]), P("data"));
 * lax.withShardingConstraint(np.arange(4), rows).js(); // [0, 1, 2, 3]
 */
export function withShardingConstraint<T>(x: T, shardings: ShardingPrefix, ...more: []): ArrayTree<T> {
  refuseMore("withShardingConstraint", 2, more);
  const [leaves, def] = treeFlatten(x);
  const each = broadcastPrefix(shardings, x, "withShardingConstraint");
  return treeUnflatten(
    def,
    leaves.map((leaf, i) => constrain(leaf, each[i])),
  ) as ArrayTree<T>;
}
