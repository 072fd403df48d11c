/** @file Programs in a session: flat arguments in, handles out. */
import { show } from "../base/checks.ts";
import { finalizers } from "../base/finalizers.ts";
import { ArgumentError, DTypeError, ShapeError } from "../base/errors.ts";
import { arraysEqual } from "../base/util.ts";
import { NDArray, isArrayLike } from "../core/array.ts";
import { type Cuts, type Mesh, NamedSharding, PartitionSpec } from "../core/sharding/mesh.ts";
import { type DType, dtypes } from "../dtypes/dtype.ts";
import { asArray } from "../lax/operands/convert.ts";
import { convertElementType } from "../lax/elementwise/convert.ts";
import { tobytes } from "../numpy/dtypes/bytes.ts";
import { XlaArray } from "./arrays.ts";
import { XlaError } from "./errors.ts";
import type { Session } from "./session.ts";

/** A type of an argument or result. */
export interface ArrayKind {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** What a program is compiled from. */
export interface ProgramSource {
  readonly what: string;
  readonly text: string;
  readonly mesh: Mesh;
  /** Null where there are as many as the text says, all of them whole on each device. */
  readonly ins: readonly (Cuts | null)[] | null;
  readonly outs: readonly (Cuts | null)[];
  /** Which arguments are given away. */
  readonly donated: readonly number[];
}

const isDType = (x: unknown): x is DType => (dtypes as readonly unknown[]).includes(x);

/** Types as the processes tell them. */
export function kindsFrom(x: unknown, what: string): ArrayKind[] {
  if (!Array.isArray(x)) throw new Error("internal: no types of a program");
  return (x as readonly [unknown, readonly number[]][]).map(([dtype, shape]) => {
    if (!isDType(dtype)) throw new XlaError("program", `${what}: the library has no dtype ${show(dtype)}.`);
    return { dtype, shape };
  });
}

/** How the processes tell that an array lies on a mesh. */
export function shardingFrom(mesh: Mesh, cuts: unknown): NamedSharding | null {
  if (!Array.isArray(cuts)) return null;
  const named = cuts as readonly string[][];
  let end = named.length;
  while (end > 0 && named[end - 1].length === 0) end--;
  return new NamedSharding(mesh, new PartitionSpec(...named.slice(0, end).map(specEntry)));
}

const specEntry = (names: readonly string[]): null | string | readonly string[] =>
  names.length === 0 ? null : names.length === 1 ? names[0] : names;

export const meshSpec = (mesh: Mesh): readonly [readonly number[], readonly string[]] => [
  mesh.axisSizes,
  mesh.axisNames,
];

/** A leaf as an array of the library or of the session. */
export function leafOf(leaf: unknown, where: string): NDArray | XlaArray {
  if (leaf instanceof XlaArray || leaf instanceof NDArray) return leaf;
  if (!isArrayLike(leaf))
    throw new ArgumentError(`${where}: expected an array or a number; got ${show(leaf)}.`);
  return asArray(leaf, where);
}

/** The leaf as data of the type that the program takes. Numbers become what it wants, arrays must be it. */
function fitting(leaf: unknown, kind: ArrayKind, where: string): NDArray | XlaArray {
  const x = leafOf(leaf, where);
  if (!arraysEqual(x.shape, kind.shape))
    throw new ShapeError(
      `${where}: the program was compiled for shape [${kind.shape.join(",")}]; got [${x.shape.join(",")}].`,
    );
  if (x.dtype === kind.dtype) return x;
  if (x instanceof NDArray && x.weakType) return convertElementType(x, kind.dtype);
  throw new DTypeError(
    `${where}: the program was compiled for ${kind.dtype}; got ${x.dtype}. Convert with astype("${kind.dtype}") first.`,
  );
}

/** Programs that nobody can call any more. */
const forgotten = finalizers<{ readonly session: Session; readonly number: number }>(
  ({ session, number }) => {
    session.free(null, number);
  },
);

/** A program that the processes have compiled. */
export class Program {
  readonly #session: Session;
  readonly #number: number;
  readonly #what: string;
  readonly #donated: readonly number[];
  readonly ins: readonly ArrayKind[];
  readonly outs: readonly ArrayKind[];
  readonly shardings: readonly (NamedSharding | null)[];

  private constructor(
    session: Session,
    number: number,
    { what, mesh, donated }: ProgramSource,
    told: Readonly<Record<string, unknown>>,
  ) {
    this.#session = session;
    this.#number = number;
    this.#what = what;
    this.#donated = donated;
    this.ins = kindsFrom(told.ins, what);
    this.outs = kindsFrom(told.outs, what);
    this.shardings = (told.cuts as readonly unknown[]).map((cuts) => shardingFrom(mesh, cuts));
    forgotten.register(this, { session, number });
  }

  /** @throws XlaError what XLA says to the program */
  static async compile(session: Session, source: ProgramSource): Promise<Program> {
    const { what, text, mesh, ins, outs, donated } = source;
    const number = session.number();
    const request = {
      op: "compile",
      program: number,
      mesh: meshSpec(mesh),
      // Arguments whose shardings nobody names are whole on each device; results lie as XLA likes.
      ins: ins === null ? null : ins.map((cuts) => cuts ?? []),
      outs,
      donate: donated,
    };
    const [{ header }] = await session.request(what, request, [new TextEncoder().encode(text)]);
    return new Program(session, number, source, header);
  }

  /** @param names what arguments are called in messages */
  async call(leaves: readonly unknown[], names: (i: number) => string): Promise<XlaArray[]> {
    const session = this.#session;
    const buffers: Uint8Array[] = [];
    const given: XlaArray[] = [];
    const args = leaves.map((leaf, i) => {
      const kind = this.ins[i];
      const x = fitting(leaf, kind, names(i));
      if (x instanceof XlaArray) {
        if (this.#donated.includes(i)) given.push(x);
        return x.numberIn(session, names(i));
      }
      buffers.push(tobytes(x));
      return [kind.dtype, kind.shape] as const;
    });
    const numbers = this.outs.map(() => session.number());
    const donated = given.flatMap((x) => x.giveUp() ?? []);
    const request = { op: "call", program: this.#number, args, outs: numbers, donated };
    const outs = this.outs.map((kind, i) => new XlaArray(session, numbers[i], kind, this.shardings[i]));
    await session.request(this.#what, request, buffers);
    return outs;
  }
}
