/**
 * @file Modules of WebAssembly: all programs in one, with one memory whose layout is known when it is written.
 *
 * From the second page on (no address is near 0) lie the constants, then a frame for each program (codegen.ts), then what the
 * functions share, for they run one at a time: parameters, outputs and temporaries. Constants, and the addresses in the
 * frames, are segments of the module.
 */
import type { Buffer, Local, Program } from "../loops/ir/ir.ts";
import { type DType, type TypedArray, arrayClassName, dtypeInfo, isWide } from "../dtypes/dtype.ts";
import { runtimeText } from "../loops/emit/javascript/runtime-text.ts";
import { type OpName, runOpText } from "../loops/ir/scalar.ts";
import { castText, wrapText } from "../loops/ir/values.ts";
import { compileWasmLibrary } from "../loops/emit/wasm/codegen.ts";
import { dataKey } from "./constants.ts";
import { base64, helpersText } from "./helpers.ts";
import { exportsText, joined } from "./javascript.ts";
import type { Signature } from "./signature.ts";
import { type Segment, withData } from "./segments.ts";
import { type Host, wrapperText } from "./wrapper.ts";

/** How a module comes by its WebAssembly. */
export type Load = "beside" | "inline" | "manual";

/** What a module exports that is given its WebAssembly. */
export const instantiateName = "instantiate";

const pageBytes = 65536;
const align = (address: number): number => Math.ceil(address / 64) * 64;

/** Bytes that hosts compile at once wherever they are asked: browsers refuse larger modules on their main thread. */
const compiledAtOnce = 8e6;

/** Where the data of a program are. */
interface Places {
  readonly frame: number;
  /** Of `[...params, ...outs]`; 0 for numbers. */
  readonly addresses: readonly number[];
}

/** The layout of the memory. */
class Layout {
  readonly places: Places[];
  readonly segments: Segment[] = [];
  readonly #arenas: number[];
  #end = pageBytes;

  constructor(signatures: readonly Signature[]) {
    const constants = new Map<string, number>();
    const constant = (data: TypedArray): number => {
      const key = dataKey(data);
      let at = constants.get(key);
      if (at === undefined) {
        constants.set(key, (at = this.#take(data.byteLength)));
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        if (bytes.length > 0) this.segments.push({ address: at, bytes });
      }
      return at;
    };
    const fixed = signatures.map(({ embedded }) => new Map(embedded.map((e) => [e.place, constant(e.data)])));
    const frames = signatures.map(({ program }) => this.#take((entriesOf(program) + 1) * 8));
    const shared = this.#end;
    let end = shared;
    this.#arenas = [];
    this.places = signatures.map(({ program }, i) => {
      this.#end = shared;
      const addresses = [...program.params, ...program.outs].map((x, k) =>
        x.kind === "local" ? 0 : (fixed[i].get(k) ?? this.#take(x.size * dtypeInfo(x.dtype).bytes)),
      );
      this.#arenas.push(this.#end);
      end = Math.max(end, this.#end);
      return { frame: frames[i], addresses };
    });
    signatures.forEach(({ program }, i) => this.segments.push(this.#frame(program, i)));
    this.#end = end;
  }

  #take(bytes: number): number {
    const at = this.#end;
    this.#end = align(at + bytes);
    return at;
  }

  /** The addresses in a program's frame. */
  #frame(program: Program, i: number): Segment {
    const { frame, addresses } = this.places[i];
    const words = new DataView(new ArrayBuffer((entriesOf(program) + 1) * 8));
    addresses.forEach((address, k) => words.setUint32(8 * k, address, true));
    words.setUint32(8 * entriesOf(program), this.#arenas[i], true);
    return { address: frame, bytes: new Uint8Array(words.buffer) };
  }

  /** Pages of 64 KiB that hold all of it, temporaries included. */
  pages(arenaBytes: readonly number[]): number {
    const ends = arenaBytes.map((bytes, i) => this.#arenas[i] + bytes);
    return Math.ceil(Math.max(this.#end, ...ends) / pageBytes);
  }
}

const entriesOf = ({ params, outs, results }: Program): number =>
  params.length + outs.length + results.length;

/** The text of a function that a module imports. */
function importText(name: string): string {
  if (name.startsWith("Math.") || name.startsWith("$.")) return name;
  const [op, dtype, to] = name.split(":") as [OpName | "cast", DType, DType];
  const { names, text } =
    op === "cast" ? { names: ["x"], text: castText("x", dtype, to) } : runOpText(op, dtype);
  // BigInts come with a sign.
  const unsigned = dtype === "uint64" ? names.map((n) => `${n} = BigInt.asUintN(64, ${n})`) : [];
  return `(${names.join(", ")}) => ${unsigned.length > 0 ? `(${[...unsigned, text].join(", ")})` : text}`;
}

/** How the instance is made; all names are set by `$start(module)`. */
function loadText(load: Load, fileName: string, wasm: Uint8Array): string {
  switch (load) {
    case "manual":
      return "";
    case "inline": {
      const bytes = `$bytes64("${base64(wasm)}")`;
      return wasm.length < compiledAtOnce
        ? `$start(new WebAssembly.Module(${bytes}));`
        : `$start(await WebAssembly.compile(${bytes}));`;
    }
    case "beside":
      return `const $load = async (url) => {
  if (url.protocol === "file:") {
    // No literal, so that bundlers for browsers leave it alone.
    const name = "node:fs/promises";
    const fs = globalThis.process?.getBuiltinModule?.(name) ?? (await import(/* webpackIgnore: true */ /* @vite-ignore */ name));
    return WebAssembly.compile(await fs.readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(\`\${url}: \${response.status} \${response.statusText}\`);
  const streams = response.headers.get("content-type")?.startsWith("application/wasm") === true;
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
};
$start(await $load(new URL(${JSON.stringify(`./${fileName}`)}, import.meta.url)));`;
  }
}

/** The views of a function's parameters and outputs, made when the memory is there. */
class Views {
  readonly names: string[] = [];
  readonly #lines: string[] = [];

  view(name: string, x: Buffer | Local, address: number): string {
    if (!this.names.includes(name)) {
      this.names.push(name);
      const size = x.kind === "buffer" ? x.size : 1;
      this.#lines.push(`${name} = new ${arrayClassName(x.dtype)}(memory.buffer, ${address}, ${size});`);
    }
    return name;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}

/** The view of the frames in which a number of a dtype lies. */
const slots = (dtype: DType): string => (isWide(dtype) ? "$wideSlots" : "$slots");

const early = JSON.stringify(
  `this module has no WebAssembly yet: call ${instantiateName}(module) first, with its compiled file of WebAssembly.`,
);

function functionText(
  signature: Signature,
  index: number,
  places: Places,
  views: Views,
  manual: boolean,
): string {
  const { name, program } = signature;
  const { params, outs, results } = program;
  const slot = places.frame / 8;
  return wrapperText(signature, {
    direct: false,
    begin: manual ? [`if ($programs === undefined) throw new Error(${early});`] : [],
    room: (side, place) => {
      const at = side === "param" ? place : params.length + place;
      return views.view(`${name}$${side}${place}`, [...params, ...outs][at], places.addresses[at]);
    },
    call: (given) => {
      const numbers = params.flatMap((p, i) =>
        p.kind === "local" ? [`${slots(p.dtype)}[${slot + i}] = ${given[i]};`] : [],
      );
      const first = slot + params.length + outs.length;
      return {
        lines: [...numbers, `$programs[${index}](${places.frame});`],
        results: results.map(({ dtype }, i) => {
          const text = `${slots(dtype)}[${first + i}]`;
          return isWide(dtype) ? wrapText(text, dtype) : text;
        }),
      };
    },
  } satisfies Host);
}

/** The module of these functions, its WebAssembly, and the declarations of what else it exports. */
export function wasmModule(
  signatures: readonly Signature[],
  head: string,
  options: { readonly load: Load; readonly fileName: string; readonly relaxedSimd: boolean },
): { readonly js: string; readonly wasm: Uint8Array; readonly others: string } {
  const { load, fileName, relaxedSimd } = options;
  const manual = load === "manual";
  const layout = new Layout(signatures);
  const programs = signatures.map(({ program }) => program);
  const { binary, imports } = compileWasmLibrary(programs, relaxedSimd, (bytes) => layout.pages(bytes));
  const wasm = withData(binary, layout.segments);
  const views = new Views();
  const functions = signatures.map((s, i) => functionText(s, i, layout.places[i], views, manual));
  const env = [...imports].map((name) => `${JSON.stringify(name)}: ${importText(name)}`);
  const start = [
    `let $programs, $slots, $wideSlots${views.names.map((n) => `, ${n}`).join("")};`,
    `function $start(module) {`,
    `  const { exports } = new WebAssembly.Instance(module, { env: { ${env.join(", ")} } });`,
    `  const { memory } = exports;`,
    `  $programs = [${signatures.map((_, i) => `exports.main${i}`).join(", ")}];`,
    `  $slots = new Float64Array(memory.buffer);`,
    `  $wideSlots = new BigInt64Array(memory.buffer);`,
    ...views.lines.map((line) => `  ${line}`),
    "}",
  ].join("\n");
  const text = [start, ...functions, loadText(load, fileName, wasm)].join("\n");
  return {
    js: joined([
      head,
      helpersText(text),
      runtimeText(text),
      start,
      loadText(load, fileName, wasm),
      ...functions,
      exportsText(signatures),
      manual ? `export { $start as ${instantiateName} };` : "",
    ]),
    wasm,
    others: manual
      ? `/** Must be called before all others, with the compiled file of WebAssembly. */\nexport declare function ${instantiateName}(module: WebAssembly.Module): void;`
      : "",
  };
}
