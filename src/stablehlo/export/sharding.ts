/**
 * @file Shardings of an exported program, in the words of Shardy: `sdy.mesh` at the head of the module, `#sdy.sharding` on
 * arguments, results and constraints.
 *
 * Devices are numbered as the mesh lists them; which are meant is said by whoever compiles the program. All meshes of a
 * program must therefore have equally many.
 */
import { show } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";
import { checkFit } from "../../core/sharding/fit.ts";
import {
  type Cuts,
  type Mesh,
  NamedSharding,
  PartitionSpec,
  type Sharding,
  entriesOf,
} from "../../core/sharding/mesh.ts";
import { broadcastPrefix } from "../../core/tree.ts";
import type { ArrayType } from "../../dtypes/shape.ts";
import { ExportError } from "./errors.ts";

/** The meshes of a module, each with the name of its symbol. */
export class Meshes {
  readonly #all: Mesh[] = [];

  /** @param main the mesh of specs that name none */
  constructor(main: Mesh | null) {
    if (main !== null) this.#all.push(main);
    this.main = main;
  }

  readonly main: Mesh | null;

  /** The first mesh that the program names, which is `main` if there is one. */
  get first(): Mesh | null {
    return this.#all[0] ?? null;
  }

  #symbol(mesh: Mesh): string {
    let k = this.#all.findIndex((m) => m.equals(mesh));
    if (k === -1) {
      const [first] = this.#all as [Mesh | undefined];
      if (first !== undefined && first.size !== mesh.size)
        throw new ExportError(
          `one program runs on one set of devices; got ${String(first)} of ${first.size} and ${String(mesh)} of ${mesh.size}.`,
        );
      k = this.#all.push(mesh) - 1;
    }
    return k === 0 ? "@mesh" : `@mesh_${k}`;
  }

  /** `#sdy.sharding<@mesh, [{"data"}, {}]>`. */
  attribute(mesh: Mesh | null, cuts: Cuts, { shape }: ArrayType, where: string): string {
    const on = mesh ?? this.main;
    if (on === null)
      throw new ArgumentError(
        `${where}: a PartitionSpec without a mesh in a program that is exported without one; ` +
          `give toStablehlo the option mesh, or write new NamedSharding(mesh, spec).`,
      );
    checkFit(on, cuts, shape, where);
    const dims = shape.map((_, axis) => {
      const names = axis < cuts.length ? cuts[axis] : [];
      return names === null ? "{?}" : `{${names.map((n) => JSON.stringify(n)).join(", ")}}`;
    });
    return `#sdy.sharding<${this.#symbol(on)}, [${dims.join(", ")}]>`;
  }

  /** The attributes of the module, and its first lines. */
  get attributes(): string {
    const { first } = this;
    if (first === null) return "";
    return ` attributes {mhlo.num_partitions = ${first.size} : i32, mhlo.num_replicas = 1 : i32}`;
  }

  get lines(): string[] {
    return this.#all.map((mesh) => {
      const axes = mesh.axisNames.map((name, i) => `${JSON.stringify(name)}=${mesh.axisSizes[i]}`);
      return `  sdy.mesh ${this.#symbol(mesh)} = <[${axes.join(", ")}]>`;
    });
  }
}

/** Shardings of a tree: one for all, or for each part; null where the compiler chooses. */
export type Shardings = Sharding | null | readonly Shardings[] | { readonly [key: string]: Shardings };

/** The options that say how a program lies on devices. */
export interface ShardingOptions {
  /** The devices. By default those of the first `NamedSharding`. */
  readonly mesh?: Mesh | undefined;
  /** Of the list of arguments, or a prefix of it. */
  readonly inShardings?: Shardings | undefined;
  /** Of the result, or a prefix of it. */
  readonly outShardings?: Shardings | undefined;
}

/** One sharding for each leaf of a tree, null where none is given. */
export function leafShardings(
  prefix: Shardings | undefined,
  tree: unknown,
  where: string,
): (Sharding | null)[] {
  if (prefix === undefined) return broadcastPrefix(null, tree, where).map(() => null);
  return broadcastPrefix(prefix, tree, where).map((x) => {
    if (x === null || x === undefined) return null;
    if (x instanceof NamedSharding || x instanceof PartitionSpec) return x;
    throw new ArgumentError(`${where}: expected a PartitionSpec or a NamedSharding; got ${show(x)}.`);
  });
}

/** The mesh of a program: the one that is given, or that of the first sharding that has one. */
export const meshOf = (mesh: Mesh | undefined, shardings: readonly (Sharding | null)[]): Mesh | null =>
  mesh ?? shardings.find((s): s is NamedSharding => s instanceof NamedSharding)?.mesh ?? null;

/** The attribute of an argument or result; null if none is given. */
export function leafAttribute(
  meshes: Meshes,
  sharding: Sharding | null,
  type: ArrayType,
  where: string,
): string | null {
  if (sharding === null) return null;
  const [mesh, spec] = sharding instanceof NamedSharding ? [sharding.mesh, sharding.spec] : [null, sharding];
  return meshes.attribute(mesh, entriesOf(spec), type, where);
}

/** The entries of a leaf's sharding as plain data; null where none is given. */
export function leafCuts(sharding: unknown, where: string): Cuts | null {
  if (sharding === null || sharding === undefined) return null;
  if (sharding instanceof NamedSharding) return entriesOf(sharding.spec);
  if (sharding instanceof PartitionSpec) return entriesOf(sharding);
  throw new ArgumentError(`${where}: expected a PartitionSpec or a NamedSharding; got ${show(sharding)}.`);
}
