/** @file Contenders that run in Python: how arrays go there, and how their programs are timed and read. */
import type { Array } from "../../src/index.ts";
import { adjoint } from "./library.ts";
import type { Elsewhere, Values } from "./measure.ts";
import type { PythonProcess, Sent } from "./python-process.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The arrays that results of these types are. Complex numbers come as their real and imaginary parts. */
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

/** The leaves of arguments, as they are sent. */
export const sentLeaves = (args: unknown): Sent[] =>
  (adjoint.tree.leaves(args) as (Array | number)[]).map((x) => sent(adjoint.numpy.asarray(x)));

async function valuesOf(python: PythonProcess, program: number): Promise<Values> {
  const { values } = await python.request("values", { program });
  return values.map(([dtype, data]) => {
    const view = views[dtype];
    if (view === undefined) throw new Error(`Python: nothing here compares results of dtype ${dtype}`);
    return view(Uint8Array.from(Buffer.from(data, "base64")));
  });
}

/** How a program of the process is timed, and what it gives. */
export const timedIn = (
  python: PythonProcess,
  program: number,
  compiling = false,
): Pick<Elsewhere, "time" | "values"> => ({
  time: async (calls) => {
    const { ns, sum } = await python.request("time", { program, calls, compiling });
    return [ns / 1e6, sum * calls];
  },
  values: () => valuesOf(python, program),
});
