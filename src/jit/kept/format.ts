/**
 * @file What is kept of a compiled program, as bytes: a header as JSON, after its length; the program's constants; its module.
 * Who stores them sees to it that they come back as they were; what is not as expected gives null all the same.
 */
import { typedView } from "../../dtypes/dtype.ts";
import type { DType } from "../../dtypes/dtype.ts";
import type { WasmCode } from "../../loops/emit/wasm/codegen.ts";
import type { KernelLoop } from "../../loops/emit/wasm/kernels.ts";
import { importNamed } from "../../loops/emit/wasm/module.ts";
import { type Border, newBuffer, newLocal } from "../../loops/ir/ir.ts";
import type { ProgramStats } from "../executable.ts";

/** A compiled program without its loops. */
export interface KeptProgram {
  readonly border: Border;
  readonly code: WasmCode;
  readonly stats: ProgramStats;
  /** Bytes that it holds when it runs, roughly. */
  readonly weight: number;
}

/** A parameter: the size of a buffer, null of a number. */
type Slot = readonly [dtype: DType, size: number | null];

interface Header {
  readonly key: string;
  readonly params: readonly Slot[];
  readonly outs: readonly (readonly [dtype: DType, size: number])[];
  readonly results: readonly DType[];
  readonly constants: readonly { readonly length: number; readonly bytes: number }[];
  readonly imports: readonly string[];
  readonly arenaBytes: number;
  readonly kernels: readonly KernelLoop[];
  readonly stats: ProgramStats;
  readonly weight: number;
}

const lengthBytes = 4;

interface Texts {
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  readonly TextDecoder: new () => { decode(bytes: Uint8Array): string };
}
const texts = globalThis as unknown as Texts;

export function encodeProgram(key: string, { border, code, stats, weight }: KeptProgram): Uint8Array {
  const constants = border.constants ?? [];
  const header: Header = {
    key,
    params: border.params.map((p) => [p.dtype, p.kind === "buffer" ? p.size : null]),
    outs: border.outs.map((b) => [b.dtype, b.size]),
    results: border.results.map(({ dtype }) => dtype),
    constants: constants.map(({ length, byteLength }) => ({ length, bytes: byteLength })),
    imports: [...code.imports.keys()],
    arenaBytes: code.arenaBytes,
    kernels: code.kernels,
    stats,
    weight,
  };
  const head = new texts.TextEncoder().encode(JSON.stringify(header));
  const data = constants.map((c) => new Uint8Array(c.buffer, c.byteOffset, c.byteLength));
  const parts = [new Uint8Array(lengthBytes), head, ...data, code.binary];
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  new DataView(out.buffer).setUint32(0, head.length, true);
  return out;
}

function headerOf(bytes: Uint8Array): readonly [header: Header, end: number] {
  const end = lengthBytes + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const text = new texts.TextDecoder().decode(bytes.subarray(lengthBytes, end));
  return [JSON.parse(text) as Header, end];
}

/** The key that bytes were encoded with; null if there is none. */
export function keyOfBytes(bytes: Uint8Array): string | null {
  try {
    return headerOf(bytes)[0].key;
  } catch {
    return null;
  }
}

/** The program with this key; null if the bytes are not of it. */
export function decodeProgram(key: string, bytes: Uint8Array): KeptProgram | null {
  try {
    const [header, start] = headerOf(bytes);
    if (header.key !== key) return null;
    const params = header.params.map(([dtype, size]) =>
      size === null ? newLocal("x", dtype) : newBuffer("a", dtype, size),
    );
    const { constants: held } = header;
    const first = params.length - held.length;
    let at = start;
    const constants = held.map(({ length, bytes: size }, i) => {
      // A copy: views need an offset that the size of an element divides.
      const data = bytes.slice(at, (at += size));
      return typedView(params[first + i].dtype, data.buffer, 0, length);
    });
    const border: Border = {
      params,
      outs: header.outs.map(([dtype, size]) => newBuffer("out", dtype, size)),
      results: header.results.map((dtype) => ({ dtype })),
      constants,
    };
    const code: WasmCode = {
      binary: bytes.slice(at),
      imports: new Map(header.imports.map((name) => [name, importNamed(name)])),
      // Programs that call the host are not kept.
      hosts: new Map(),
      arenaBytes: header.arenaBytes,
      kernels: header.kernels,
    };
    return { border, code, stats: header.stats, weight: header.weight };
  } catch {
    return null;
  }
}
