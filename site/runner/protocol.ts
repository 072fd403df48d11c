/**
 * @file What the page, the frame and the worker of the sandbox say to each other. All of it is data: nothing that a program
 * sends becomes markup or code in the page.
 */

/** A program: pieces that run one after another and see each other's names. */
export interface Request {
  readonly pieces: readonly string[];
  /** Output of earlier pieces is not shown. */
  readonly from: number;
  /** A namespace, such as `numpy.linalg`, whose names the program may use without importing them. */
  readonly names: string | null;
  /** Whether the programs that `jit` compiled are shown. */
  readonly programs: boolean;
}

export interface Series {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly label?: string | undefined;
  readonly points?: boolean | undefined;
}

/** What `jit` made of a function. */
export interface Program {
  readonly name: string;
  readonly jaxpr: string;
  readonly simplified: string;
  readonly loops: string;
  readonly source: string;
  readonly wasm: string | null;
}

/** A line of the output. `line` is that of the piece, from 1. */
export type Entry =
  | { readonly kind: "value"; readonly text: string; readonly code: string; readonly line: number }
  | { readonly kind: "log" | "warn"; readonly text: string }
  | {
      readonly kind: "error";
      readonly text: string;
      readonly line: number | null;
      readonly expected: boolean;
    }
  | { readonly kind: "plot"; readonly series: readonly Series[]; readonly title: string }
  | { readonly kind: "program"; readonly program: Program };

/** How a program ended. */
export type Outcome = "done" | "failed" | "stopped" | "timeout" | "flood";

export type ToFrame =
  | { readonly type: "load"; readonly script: string }
  | { readonly type: "run"; readonly id: number; readonly request: Request; readonly seconds: number }
  | { readonly type: "stop"; readonly id: number };

export type FromFrame =
  | { readonly type: "ready" }
  | { readonly type: "entry"; readonly id: number; readonly entry: Entry }
  | { readonly type: "end"; readonly id: number; readonly outcome: Outcome; readonly milliseconds: number };
