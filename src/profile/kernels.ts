/**
 * @file The kernels of a program, and the program with a clock between them.
 *
 * A kernel is a loop nest, a contraction or a call of the host at the top of a program, with the scalars behind it; what one
 * operation wrote as several statements (a sort, a Fourier transform) is one. Between them stand calls of the host that note
 * the time: the loops themselves are the same, compiled in the same way, and give the same results bit for bit.
 */
import { CallSite } from "../base/source.ts";
import type { HostCall, Origin, Program, Stmt } from "../loops/ir/ir.ts";
import { stmtExprs, visitExpr, visitStmts } from "../loops/ir/traverse.ts";
import { type Work, workOf } from "./work.ts";

/** What a kernel is: loops, a matrix product and the like, scalars alone, a function of the user's on the host. */
export type KernelKind = "loops" | "contraction" | "scalars" | "host";

/** What is known of a kernel before it runs. */
export interface Kernel {
  readonly kind: KernelKind;
  /** Where it comes from, in the order of the program; each equation once. */
  readonly origins: readonly Origin[];
  readonly work: Work;
}

/** A program in pieces. */
export interface Pieces {
  readonly kernels: readonly Kernel[];
  /** The statements of each, and before them the places of temporary buffers. */
  readonly bodies: readonly (readonly Stmt[])[];
  readonly head: readonly Stmt[];
}

function originsOf(stmts: readonly Stmt[], more: readonly (Origin | undefined)[] = []): Origin[] {
  const found = new Set<Origin>();
  visitStmts(stmts, (s) => {
    // Variables are declared ahead of everything, wherever they belong.
    const isDeclaration = s.kind === "var" && s.value.kind === "const";
    if (s.origin !== undefined && !isDeclaration) found.add(s.origin);
    for (const root of stmtExprs(s))
      visitExpr(root, (e) => {
        if ("origin" in e && e.origin !== undefined) found.add(e.origin);
      });
  });
  for (const o of more) if (o !== undefined) found.add(o);
  return [...found];
}

const kindOf = (s: Stmt): KernelKind =>
  s.kind === "contract" ? "contraction" : s.kind === "host" ? "host" : "loops";

const isHeavy = (s: Stmt): boolean => ["for", "while", "if", "contract", "host"].includes(s.kind);

/** Cuts a program at its top. */
export function piecesOf(program: Program): Pieces {
  const head = program.body.filter((s) => s.kind === "alloc");
  const bodies: Stmt[][] = [];
  const kinds: (KernelKind | undefined)[] = [];
  let last: Stmt | null = null;
  for (const s of program.body) {
    if (s.kind === "alloc") continue;
    const before = bodies.length - 1;
    const isOne = last !== null && s.origin !== undefined && last.origin === s.origin;
    if (before >= 0 && (!isHeavy(s) || last === null || isOne)) bodies[before].push(s);
    else bodies.push([s]);
    if (isHeavy(s)) {
      if (!isOne) kinds[bodies.length - 1] = kindOf(s);
      last = s;
    }
  }
  if (bodies.length === 0) bodies.push([]);
  const kernels = bodies.map((body, i): Kernel => {
    const isLast = i === bodies.length - 1;
    const results = isLast ? program.results : [];
    return {
      kind: kinds[i] ?? "scalars",
      origins: originsOf(
        body,
        results.map((e) => ("origin" in e ? e.origin : undefined)),
      ),
      work: workOf(body, results),
    };
  });
  return { kernels, bodies, head };
}

const nowhere = new CallSite(null);

/** The program with a call of `mark(k)` before its kernel k, and one behind the last. */
export function withClock(program: Program, { bodies, head }: Pieces, mark: (k: number) => void): Program {
  const none: readonly never[] = [];
  const clock = (k: number): Stmt => {
    const run = (): readonly never[] => {
      mark(k);
      return none;
    };
    const call: HostCall = { name: `kernel ${k}`, site: nowhere, light: true, run };
    return { kind: "host", call, inputs: none, outputs: none };
  };
  const body = bodies.flatMap((stmts, k) => [clock(k), ...stmts]);
  return { ...program, body: [...head, ...body, clock(bodies.length)] };
}
