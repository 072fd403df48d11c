/**
 * @file Meshes of devices, and partition specs: which axis of an array is cut along which axes of a mesh. They are names and
 * numbers alone; devices are what runs an exported program.
 */
import { refuseMore, show } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";
import { prod } from "../../base/util.ts";

/** The type of `UNCONSTRAINED`. */
class Unconstrained {
  readonly #brand = "UNCONSTRAINED";

  toString(): string {
    return this.#brand;
  }
}

/** In a partition spec: whoever compiles the program chooses how this axis is cut. */
export const UNCONSTRAINED: Unconstrained = new Unconstrained();

/**
 * How one axis of an array is cut: not at all (null), along one axis of the mesh, along several (the first is the outermost),
 * or as the compiler likes (`UNCONSTRAINED`).
 */
export type PartitionEntry = string | null | readonly string[] | Unconstrained;

/** Devices in the order of a grid whose axes have names. */
export class Mesh {
  readonly axisNames: readonly string[];
  readonly axisSizes: readonly number[];

  /**
   * @throws ArgumentError if sizes and names do not pair up, a size is not a positive whole number, or a name stands twice
   * @see jax.sharding.Mesh
   * @example
   * new sharding.Mesh([2, 2], ["data", "model"]).size; // 4
   */
  constructor(axisSizes: readonly number[], axisNames: readonly string[]) {
    checkAxes(axisSizes, axisNames);
    this.axisSizes = [...axisSizes];
    this.axisNames = [...axisNames];
    Object.freeze(this);
  }

  /** The size of each axis, by its name. */
  get shape(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.axisNames.map((name, i) => [name, this.axisSizes[i]]));
  }

  /** Number of devices. */
  get size(): number {
    return prod(this.axisSizes);
  }

  equals(other: Mesh): boolean {
    return String(this) === String(other);
  }

  toString(): string {
    return `Mesh(${this.axisNames.map((name, i) => `${JSON.stringify(name)}: ${this.axisSizes[i]}`).join(", ")})`;
  }
}

function checkAxes(sizes: unknown, names: unknown): void {
  if (!Array.isArray(sizes) || !Array.isArray(names) || sizes.length !== names.length)
    throw new ArgumentError(
      `makeMesh: expected a list of sizes and one of as many names, makeMesh([2, 2], ["data", "model"]); ` +
        `got ${show(sizes)} and ${show(names)}.`,
    );
  sizes.forEach((size: unknown) => {
    if (!Number.isSafeInteger(size) || (size as number) < 1)
      throw new ArgumentError(`makeMesh: sizes are whole numbers from 1 on; got ${show(size)}.`);
  });
  if (prod(sizes as number[]) > mostDevices)
    throw new ArgumentError(`makeMesh: ${show(sizes)} are more than ${mostDevices} devices.`);
  names.forEach((name: unknown, i) => {
    // As identifiers of MLIR's strings, without anything to escape.
    if (typeof name !== "string" || !/^[\w.-]+$/.test(name))
      throw new ArgumentError(
        `makeMesh: names are made of letters, digits, _, - and the point; got ${show(name)}.`,
      );
    if (names.indexOf(name) !== i) throw new ArgumentError(`makeMesh: the name ${show(name)} stands twice.`);
  });
}

/** More devices than any machine has. */
const mostDevices = 2 ** 24;

/**
 * A mesh of as many devices as the product of its sizes.
 * @throws ArgumentError if sizes and names do not pair up, a size is not a positive whole number, or a name stands twice
 * @see jax.make_mesh
 * @example
 * sharding.makeMesh([4], ["data"]).axisNames; // ["data"]
 */
export function makeMesh(axisShapes: readonly number[], axisNames: readonly string[], ...more: []): Mesh {
  refuseMore("makeMesh", 2, more);
  return new Mesh(axisShapes, axisNames);
}

/** How each axis of an array is cut; the axes behind the last entry are not. */
export class PartitionSpec {
  readonly entries: readonly PartitionEntry[];

  /**
   * @throws ArgumentError if an entry is none
   * @see jax.sharding.PartitionSpec
   * @example
   * new sharding.PartitionSpec("data", null).entries; // ["data", null]
   */
  constructor(...entries: readonly PartitionEntry[]) {
    entries.forEach((entry) => {
      if (entry === null || entry instanceof Unconstrained || typeof entry === "string") return;
      if (Array.isArray(entry) && entry.every((name) => typeof name === "string")) return;
      throw new ArgumentError(
        `PartitionSpec: an entry is the name of an axis of the mesh, a list of names, null, or UNCONSTRAINED; got ${show(entry)}.`,
      );
    });
    this.entries = entries;
    Object.freeze(this);
  }

  toString(): string {
    const text = (entry: PartitionEntry): string =>
      entry instanceof Unconstrained ? String(entry) : JSON.stringify(entry);
    return `P(${this.entries.map(text).join(", ")})`;
  }
}

/**
 * A `PartitionSpec`.
 * @throws ArgumentError if an entry is none
 * @see jax.P
 * @example
 * sharding.P(["data", "model"], null).entries.length; // 2
 */
export function P(...entries: readonly PartitionEntry[]): PartitionSpec {
  return new PartitionSpec(...entries);
}

/** A partition spec on a mesh. */
export class NamedSharding {
  readonly mesh: Mesh;
  readonly spec: PartitionSpec;

  /**
   * @throws ArgumentError if the spec names an axis that the mesh has not, or one twice
   * @see jax.sharding.NamedSharding
   * @example
   * const mesh = sharding.makeMesh([4], ["data"]);
   * new sharding.NamedSharding(mesh, sharding.P("data")).mesh.size; // 4
   * new sharding.NamedSharding(mesh, sharding.P("model")); // throws ArgumentError: "model"
   */
  constructor(mesh: Mesh, spec: PartitionSpec) {
    if (!(mesh instanceof Mesh))
      throw new ArgumentError(`NamedSharding: expected a mesh; got ${show(mesh)}.`);
    if (!(spec instanceof PartitionSpec))
      throw new ArgumentError(`NamedSharding: expected a PartitionSpec; got ${show(spec)}.`);
    checkNames(mesh, entriesOf(spec), "NamedSharding");
    this.mesh = mesh;
    this.spec = spec;
    Object.freeze(this);
  }

  toString(): string {
    return `NamedSharding(${String(this.mesh)}, ${String(this.spec)})`;
  }
}

/** How arrays lie on devices: a spec alone stands for the mesh that the program is exported for. */
export type Sharding = NamedSharding | PartitionSpec;

/** The entries of a spec: names for each axis, null where the compiler chooses. */
export type Cuts = readonly (readonly string[] | null)[];

/** The entries of a spec as plain data. */
export const entriesOf = (spec: PartitionSpec): Cuts =>
  spec.entries.map((e) => {
    if (e instanceof Unconstrained) return null;
    return e === null ? [] : typeof e === "string" ? [e] : e;
  });

/** @throws ArgumentError if the mesh has not all names, or one is used twice */
export function checkNames(mesh: Mesh, cuts: Cuts, where: string): void {
  const used = new Set<string>();
  for (const name of cuts.flatMap((names) => names ?? [])) {
    if (!mesh.axisNames.includes(name))
      throw new ArgumentError(
        `${where}: there is no axis ${show(name)} in ${String(mesh)}; it has ${mesh.axisNames.join(", ")}.`,
      );
    if (used.has(name))
      throw new ArgumentError(
        `${where}: the axis ${show(name)} of the mesh is used twice; each can cut one axis of an array.`,
      );
    used.add(name);
  }
}
