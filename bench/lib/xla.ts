/**
 * @file XLA as a contender: the very function that this library compiles, exported as StableHLO and compiled by XLA in a
 * process of Python, which times its own calls.
 */
import type * as Stablehlo from "../../src/stablehlo/index.ts";
import type { Array } from "../../src/index.ts";
import { adjoint } from "./library.ts";
import type { Absent, Elsewhere, Values } from "./measure.ts";
import { type Sent, type XlaProcess, xlaProcess } from "./xla-process.ts";

const built = new URL("../../dist/stablehlo/index.js", import.meta.url).href;
const exporter = async (): Promise<typeof Stablehlo> => (await import(built)) as typeof Stablehlo;

interface Options extends Pick<Elsewhere, "tolerance" | "like"> {
  /** "XLA" if not given. */
  readonly name?: string;
  /** The results that a call reads, in the order of leaves; all if not given. */
  readonly read?: readonly number[];
  /** Whether it is compiling that is timed: reading the text, compiling it, and the first call. */
  readonly compiling?: boolean;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** The arrays that results of these types are. */
const views: Readonly<Record<string, (b: Bytes) => ArrayLike<number>>> = {
  float64: (b) => new Float64Array(b.buffer),
  float32: (b) => new Float32Array(b.buffer),
  int32: (b) => new Int32Array(b.buffer),
  uint32: (b) => new Uint32Array(b.buffer),
  uint8: (b) => b,
  bool: (b) => b,
};

function sent(x: Array): Sent {
  const data = x.dataSync();
  return [x.dtype, x.shape, Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64")];
}

async function valuesOf(xla: XlaProcess, program: number): Promise<Values> {
  const { values } = await xla.request("values", { program });
  return values.map(([dtype, data]) => {
    const view = views[dtype];
    if (view === undefined) throw new Error(`XLA: nothing here compares results of dtype ${dtype}`);
    return view(Uint8Array.from(Buffer.from(data, "base64")));
  });
}

let count = 0;

/** What XLA makes of a function for these arguments: a contender, or why there is none. */
export async function xlaOf<A extends unknown[]>(
  f: (...args: A) => unknown,
  args: A,
  { name = "XLA", read, compiling = false, ...more }: Options = {},
): Promise<Elsewhere | Absent> {
  const xla = await xlaProcess();
  if (typeof xla === "string") return { name, absent: xla };
  const { toStablehlo } = await exporter();
  const text = (toStablehlo as (f: unknown, args: readonly unknown[]) => string)(f, args);
  const leaves = adjoint.tree.leaves(args) as (Array | number)[];
  const program = count++;
  await xla.request("compile", {
    program,
    text,
    args: leaves.map((x) => sent(adjoint.numpy.asarray(x))),
    read: read ?? null,
  });
  const time: Elsewhere["time"] = async (calls) => {
    const { ns, sum } = await xla.request("time", { program, calls, compiling });
    return [ns / 1e6, sum * calls];
  };
  return { name, time, values: () => valuesOf(xla, program), ...more };
}
