/** @file `Xla`: a session as users see it. */
/// <reference lib="esnext.disposable" preserve="true" />
import { checkListOf, show } from "../base/checks.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { checkFit } from "../core/sharding/fit.ts";
import { Mesh, NamedSharding } from "../core/sharding/mesh.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { broadcastPrefix, treeFlatten, treeUnflatten } from "../core/tree.ts";
import { arrayOf } from "../io/formats.ts";
import { tobytes } from "../numpy/dtypes/bytes.ts";
import { asArray } from "../lax/operands/convert.ts";
import { type Shardings, leafCuts } from "../stablehlo/export/sharding.ts";
import {
  type DeviceArgs,
  type DeviceTree,
  type ExampleArgs,
  type HostTree,
  XlaArray,
  read,
} from "./arrays.ts";
import { type XlaCompileOptions, compileFunction } from "./compile.ts";
import { XlaError } from "./errors.ts";
import { Program, kindsFrom, leafOf, meshSpec, shardingFrom } from "./programs.ts";
import type { Session } from "./session.ts";

/** A device, as JAX lists it. */
export interface XlaDevice {
  readonly id: number;
  /** "cpu", "gpu", "tpu". */
  readonly platform: string;
  /** Its maker's name for it. */
  readonly kind: string;
  /** The number of the process that it belongs to. */
  readonly process: number;
}

/** A function that XLA compiled. */
export type XlaFunction<A extends unknown[], R> = (...args: DeviceArgs<A>) => Promise<DeviceTree<R>>;

/** So many programs are on the way at once: enough that no core waits, and memory stays bounded. */
const mostInFlight = 64;

const asyncDisposeKey: typeof Symbol.asyncDispose =
  (Symbol as { asyncDispose?: typeof Symbol.asyncDispose }).asyncDispose ??
  (Symbol.for("Symbol.asyncDispose") as typeof Symbol.asyncDispose);

/** A session with processes that run XLA. `connect` makes it. */
export class Xla {
  /** All devices, of all processes, in the order in which meshes take them. */
  readonly devices: readonly XlaDevice[];
  readonly #session: Session;
  readonly #processes: number;
  /** Programs on the way, and those that wait for one to come back. */
  #inFlight = 0;
  readonly #queue: (() => void)[] = [];

  /** Made by `connect` alone. */
  constructor(session: Session, devices: readonly XlaDevice[], processes: number) {
    this.#session = session;
    this.devices = devices;
    this.#processes = processes;
  }

  /** False once it is closed, or lost. */
  get isOpen(): boolean {
    return this.#session.isOpen;
  }

  /** The devices of programs that name no mesh: the first one; all of them, if they are of several processes. */
  get defaultMesh(): Mesh {
    return new Mesh([this.#processes === 1 ? 1 : this.devices.length], ["device"]);
  }

  /** @throws XlaError if there are not so many devices, or processes would have none */
  checkMesh(mesh: Mesh, where: string): Mesh {
    const n = this.devices.length;
    if (!(mesh instanceof Mesh)) throw new ArgumentError(`${where}: expected a mesh; got ${show(mesh)}.`);
    if (mesh.size > n || (this.#processes > 1 && mesh.size !== n))
      throw new XlaError(
        "devices",
        `${where}: ${String(mesh)} has ${mesh.size} devices, the session ${n}` +
          (mesh.size > n ? "." : ` in ${this.#processes} processes: a mesh must hold all of them.`),
      );
    return mesh;
  }

  /**
   * Compiles a function for arguments like these. What it returns takes arrays of the library, numbers, and arrays that lie on
   * the devices, in the same trees; its results stay on the devices. They may not be computed yet: reading waits, and tells of
   * errors.
   *
   * Arguments lie whole on each device of the mesh, results as XLA likes, unless `inShardings` and `outShardings` say
   * otherwise; arrays that lie otherwise are moved.
   * @throws ArgumentError, ShapeError for shardings that do not fit; XlaError with what XLA says
   * @see jax.jit, jax.stages.Lowered.compile
   */
  compile<A extends NDArray[], const R>(
    f: (...args: A) => R,
    args: NoInfer<ExampleArgs<A>>,
    options?: XlaCompileOptions,
  ): Promise<XlaFunction<A, R>>;
  compile<A extends unknown[], const R>(
    f: (...args: A) => R,
    args: NoInfer<ExampleArgs<A>>,
    options?: XlaCompileOptions,
  ): Promise<XlaFunction<A, R>>;
  async compile<A extends unknown[], R>(
    f: (...args: A) => R,
    args: NoInfer<ExampleArgs<A>>,
    options: XlaCompileOptions = {},
  ): Promise<XlaFunction<A, R>> {
    return compileFunction(this, this.#session, f, args, options);
  }

  /**
   * Compiles the text of a StableHLO module to a function of the arguments of its `main`, which lie whole on each device.
   * @throws XlaError if the text is not valid, or XLA does not compile it
   */
  async compileText(
    text: string,
    options: { readonly mesh?: Mesh } = {},
  ): Promise<(...args: readonly (ArrayLike | XlaArray)[]) => Promise<XlaArray[]>> {
    const what = "xla.compileText";
    checkOptions(what, options, ["mesh"]);
    checkProgram(what, text);
    const mesh = this.checkMesh(options.mesh ?? this.defaultMesh, what);
    const source = { what, text, mesh, ins: null, outs: [], donated: [] };
    const program = await Program.compile(this.#session, source);
    return async (...args) => {
      if (args.length !== program.ins.length)
        throw new ArgumentError(`${what}: main takes ${program.ins.length} arguments; got ${args.length}.`);
      return program.call(args, (i) => `${what}: argument ${i}`);
    };
  }

  /**
   * Compiles the text of a StableHLO module, runs it once, and returns its results. Many may be asked for at once: they are
   * compiled side by side, and each promise is settled by its own program.
   * @throws XlaError if the text is not valid, XLA does not compile it, or it fails
   */
  async run(text: string, args: readonly ArrayLike[]): Promise<NDArray[]> {
    const what = "xla.run";
    checkProgram(what, text);
    checkListOf(what, "the second argument", args);
    const arrays = args.map((x, i) => asArray(x, `${what}: argument ${i}`));
    if (this.#inFlight >= mostInFlight) await new Promise<void>((go) => this.#queue.push(go));
    this.#inFlight++;
    try {
      const request = {
        op: "run",
        mesh: meshSpec(this.defaultMesh),
        args: arrays.map((x) => [x.dtype, x.shape]),
      };
      const [{ header, buffers }] = await this.#session.request(what, request, [
        new TextEncoder().encode(text),
        ...arrays.map((x) => tobytes(x)),
      ]);
      return kindsFrom(header.outs, what).map(({ dtype, shape }, i) => arrayOf(buffers[i], dtype, shape));
    } finally {
      this.#inFlight--;
      this.#queue.shift()?.();
    }
  }

  /**
   * Moves a tree to the devices: one sharding for all of it, or a tree of them that is a prefix. By default it lies whole on
   * each device of programs without a mesh.
   * @throws ArgumentError, ShapeError for shardings that do not fit
   * @see jax.device_put
   */
  async put<T>(x: T, shardings: Shardings = null): Promise<DeviceTree<T>> {
    const where = "xla.put";
    const [leaves, def] = treeFlatten(x);
    const each = broadcastPrefix(shardings, x, where);
    const placed = leaves.map((leaf, i) => this.#place(leaf, each[i], where));
    const meshes = new Map(placed.map(({ mesh }) => [String(mesh), mesh]));
    const made = new Map<number, XlaArray>();
    for (const [key, mesh] of meshes) {
      const here = placed.flatMap((p, i) => (String(p.mesh) === key ? [{ ...p, i }] : []));
      const numbers = here.map(() => this.#session.number());
      const request = {
        op: "put",
        mesh: meshSpec(mesh),
        arrays: numbers,
        dtypes: here.map((p) => p.array.dtype),
        shapes: here.map((p) => p.array.shape),
        cuts: here.map((p) => p.cuts),
      };
      await this.#session.request(
        where,
        request,
        here.map((p) => tobytes(p.array)),
      );
      here.forEach(({ i, array, cuts }, k) => {
        made.set(i, new XlaArray(this.#session, numbers[k], array, shardingFrom(mesh, cuts)));
      });
    }
    return treeUnflatten(
      def,
      leaves.map((_, i) => made.get(i)),
    ) as DeviceTree<T>;
  }

  #place(leaf: unknown, sharding: unknown, where: string): Placed {
    const array = leafOf(leaf, where);
    if (array instanceof XlaArray)
      throw new ArgumentError(
        `${where}: ${String(array)} lies on the devices already; calls move it as they need it.`,
      );
    const on = sharding instanceof NamedSharding ? sharding.mesh : this.defaultMesh;
    const mesh = this.checkMesh(on, where);
    const cuts = leafCuts(sharding, where) ?? [];
    checkFit(mesh, cuts, array.shape, where);
    return { array, mesh, cuts: cuts.map((names) => names ?? []) };
  }

  /**
   * The values of a tree, as arrays of the library, with one request. What is no array of the session stays as it is.
   * @see jax.device_get
   */
  async get<T>(x: T): Promise<HostTree<T>> {
    const [leaves, def] = treeFlatten(x);
    const arrays = leaves.filter((leaf): leaf is XlaArray => leaf instanceof XlaArray);
    const values = await read(this.#session, arrays, "xla.get");
    let at = 0;
    return treeUnflatten(
      def,
      leaves.map((leaf) => (leaf instanceof XlaArray ? values[at++] : leaf)),
    ) as HostTree<T>;
  }

  /**
   * Waits until the arrays of a tree are computed.
   * @throws XlaError if a computation failed
   * @see jax.block_until_ready
   */
  async blockUntilReady<T>(x: T): Promise<T> {
    const arrays = treeFlatten(x)[0].filter((leaf): leaf is XlaArray => leaf instanceof XlaArray);
    const numbers = arrays.map((a) => a.numberIn(this.#session, "xla.blockUntilReady"));
    await this.#session.request("xla.blockUntilReady", { op: "sync", arrays: numbers });
    return x;
  }

  /** Ends the processes. Requests that are not answered fail. */
  async close(): Promise<void> {
    await this.#session.close();
  }
  /** For `await using`: as `close`. */
  async [asyncDisposeKey](): Promise<void> {
    await this.close();
  }
}

interface Placed {
  readonly array: NDArray;
  readonly mesh: Mesh;
  readonly cuts: readonly (readonly string[])[];
}

function checkProgram(where: string, text: unknown): void {
  if (typeof text !== "string")
    throw new ArgumentError(`${where}: expected the text of a StableHLO module; got ${show(text)}.`);
}
