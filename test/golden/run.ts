/**
 * @file Runs golden vectors: the value and every derivative recorded, in every execution mode, and counts.
 *
 * A vector passes if everything agrees, is missing if a name of the library it needs does not exist, is excepted if
 * all that differs is listed in exceptions.ts, and fails otherwise.
 */
import { MissingFunction, config, either, library } from "./library.ts";
import { decode, isEncodedArray } from "./codec.ts";
import { compare } from "./compare.ts";
import type { Tolerance } from "./compare.ts";
import { derivativeChecks, holdsArray, restrict } from "./derivatives.ts";
import type { DerivativeKey, Subject, Wrap } from "./derivatives.ts";
import { corrected, exceptionFor } from "./exceptions.ts";
import { promotionChecks } from "./promotion.ts";
import { resolve } from "./resolve.ts";
import { asModule } from "./source.ts";
import { exportedAndImported, hiddenRule } from "./stablehlo.ts";
import type { Group, Vector } from "./vectors.ts";

export type Status = "passed" | "failed" | "missing" | "excepted";

export interface Outcome {
  readonly group: string;
  readonly id: string;
  readonly fn: string;
  readonly mode: string;
  readonly status: Status;
  /** What differed, what is missing, or why it is excepted; one line per check. */
  readonly details: readonly string[];
}

/** A way to execute a function. A further mode is one more entry in `modes`. */
export interface Mode {
  readonly name: string;
  /** Makes the function that is called and differentiated, of the arguments that hold arrays. */
  readonly wrap: Wrap;
  /** Vectors that cannot run this way, for instance because their shapes depend on values. */
  readonly skip?: (v: Vector) => boolean;
  /** It computes the function alone: derivatives and what else is recorded are not looked at. */
  readonly valuesOnly?: boolean;
  /** Why a part of a vector differs that way and must; null if it must not. */
  readonly excuse?: (v: Vector, part: string) => string | null;
}

/** Results that are text, or whose shape depends on values, cannot be compiled. */
function needsValues({ fn, args, kwargs }: Vector): boolean {
  if (/^tree\.(flatten|map)_with_path$/.test(fn)) return true;
  if (/^numpy\.(compress|extract|mask_indices|trim_zeros)$/.test(fn)) return true;
  if (/^numpy\.(delete|insert)$/.test(fn)) return isEncodedArray(args[1]);
  if (fn.startsWith("numpy.unique")) return kwargs.size === undefined;
  return fn === "numpy.choose" && kwargs.mode === undefined;
}

/** Vectors that make no use of the mode: their programs call the transformations themselves. */
const isModeless = (v: Vector): boolean => v.fn.startsWith("promotion.") || v.raises !== undefined;

export const notCompiled = (v: Vector): boolean => isModeless(v) || needsValues(v);

/** The mode "wasm" needs `await init()` once before. */
export const modes: readonly Mode[] = [
  { name: "eager", wrap: (f) => f },
  { name: "jit", wrap: (f) => library.jit(f, { backend: "js" }), skip: notCompiled },
  { name: "wasm", wrap: (f) => library.jit(f, { backend: "wasm" }), skip: notCompiled },
];

/** Modes that are run when they are asked for by name. */
export const furtherModes: readonly Mode[] = [
  { name: "stablehlo", wrap: exportedAndImported, skip: notCompiled, excuse: hiddenRule },
  { name: "source", wrap: asModule, skip: notCompiled },
];

const checkNames = Object.keys(derivativeChecks) as DerivativeKey[];

function tolerance(v: Vector, part: string): Tolerance {
  const saysWide = /"u?int64"/.test(JSON.stringify([v.args, v.kwargs]));
  return { rtol: v.rtol ?? 0, atol: v.atols?.[part] ?? v.atol ?? 0, saysWide };
}

function checkValue(v: Vector, subject: Subject, mode: Mode): void {
  const dynamic = subject.args.flatMap((a, i) => (holdsArray(a) ? [i] : []));
  const f = mode.wrap(restrict(subject, dynamic));
  const call = (): unknown => f(...dynamic.map((n) => subject.args[n]));
  if (v.raises === undefined) compare(call(), v.out ?? null, tolerance(v, "value"));
  else checkRaises(v, call);
}

/** The call must throw an error of the library's own, or JavaScript's for an assignment to an array. */
function checkRaises(v: Vector, call: () => unknown): void {
  try {
    call();
  } catch (error) {
    const isOurs = error instanceof (library.errors.AdjointError as unknown as ErrorConstructor);
    if (isOurs || (error as Error).message.includes("not extensible")) return;
    throw error;
  }
  throw new Error(`returned, but must throw (JAX: ${v.raises!})`);
}

function checkUnravel(v: Vector, subject: Subject): void {
  const ravel = either(library.tree.ravelPytree, library.flattenUtil.ravelPytree, library.ravelPytree);
  const [flat, unravel] = ravel<[{ mul: (y: number) => unknown }, (x: unknown) => unknown]>(...subject.args);
  compare(unravel(flat.mul(2)), v.unravel_of_2x!, tolerance(v, "value"), "unravel");
}

/** The checks of a vector, by name. */
function checks(v: Vector, mode: Mode): Map<string, () => void> {
  if (v.fn.startsWith("promotion.")) return promotionChecks(v);
  const subject: Subject = { f: resolve(v), args: v.args.map(decode) };
  const all = new Map<string, () => void>([["value", () => checkValue(v, subject, mode)]]);
  if (mode.valuesOnly === true) return all;
  for (const name of checkNames.filter((n) => v[n] !== undefined)) {
    all.set(name, () => derivativeChecks[name](v, subject, mode.wrap, tolerance(v, name)));
  }
  if (v.unravel_of_2x !== undefined) all.set("unravel", () => checkUnravel(v, subject));
  return all;
}

interface Problem {
  readonly status: Exclude<Status, "passed">;
  readonly detail: string;
}

function judge(part: string, error: unknown): Problem {
  if (error instanceof MissingFunction) return { status: "missing", detail: error.message };
  // A function that says it has no complex numbers yet is a missing one.
  if (error instanceof Error && error.message.includes("expected floating-point arrays; got dtype complex"))
    return { status: "missing", detail: `of complex numbers: ${error.message}` };
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { status: "failed", detail: `${part}: ${text}` };
}

/** What is wrong when `check` throws: null if nothing. */
function problemOf(part: string, check: () => void): Problem | null {
  try {
    check();
    return null;
  } catch (error) {
    return judge(part, error);
  }
}

/** As `problemOf`; a failure for which there is an exception is judged by what is right instead of JAX's result. */
function attempt(v: Vector, part: string, mode: Mode, check: () => void): Problem[] {
  const problem = problemOf(part, check);
  if (problem === null) return [];
  const exception = problem.status === "failed" ? exceptionFor(v, part) : undefined;
  if (exception === undefined) {
    const excuse = problem.status === "failed" ? (mode.excuse?.(v, part) ?? null) : null;
    return [excuse === null ? problem : { status: "excepted", detail: excuse }];
  }
  const { truth, reason } = exception;
  const again =
    truth === undefined ? null : problemOf(part, checks(corrected(v, truth, part), mode).get(part)!);
  return [again ?? { status: "excepted", detail: reason }];
}

function problemsOf(v: Vector, mode: Mode): Problem[] {
  let all: Map<string, () => void>;
  try {
    all = checks(v, mode);
  } catch (error) {
    return [judge("setup", error)];
  }
  return [...all].flatMap(([part, check]) => attempt(v, part, mode, check));
}

/** In JAX's 32-bit mode everything made without a dtype is float32. */
export function inMode<R>(v: Vector, run: () => R): R {
  return v.x64 === false ? config.with<R>({ defaultFloat: "float32" }, run) : run();
}

/** Runs one vector in one mode. */
export function runVector(group: string, v: Vector, mode: Mode): Outcome {
  const problems = inMode(v, () => problemsOf(v, mode));
  const worst = (["failed", "missing", "excepted"] as const).find((s) =>
    problems.some((p) => p.status === s),
  );
  const details = [...new Set(problems.filter((p) => p.status === worst).map((p) => p.detail))];
  return { group, id: v.id, fn: v.fn, mode: mode.name, status: worst ?? "passed", details };
}

/** Runs a group, or some of it, in all modes, or some. */
export function runGroup(
  { group, cases }: Group,
  only: (v: Vector) => boolean = () => true,
  inModes: readonly Mode[] = modes,
): Outcome[] {
  const chosen = cases.filter(only);
  return inModes.flatMap((mode) =>
    chosen.filter((v) => mode.skip?.(v) !== true).map((v) => runVector(group, v, mode)),
  );
}

const statuses = ["passed", "failed", "missing", "excepted"] as const;

const count = (outcomes: readonly Outcome[], status: Status): number =>
  outcomes.filter((o) => o.status === status).length;

/** The counts per group and mode, and the closing line. */
export function summary(outcomes: readonly Outcome[]): string {
  const rows = [...new Set(outcomes.map((o) => `${o.group} (${o.mode})`))];
  const width = Math.max(5, ...rows.map((r) => r.length));
  const line = (name: string, cells: readonly (string | number)[]): string =>
    name.padEnd(width) + cells.map((c) => String(c).padStart(10)).join("");
  const body = rows.map((row) => {
    const inRow = outcomes.filter((o) => `${o.group} (${o.mode})` === row);
    return line(
      row,
      statuses.map((s) => count(inRow, s)),
    );
  });
  const total = statuses.map((s) => count(outcomes, s));
  const last = `golden: ${total[0]} passed, ${total[1]} failed, ${total[2]} missing`;
  return [line("group", statuses), ...body, line("total", total), "", last].join("\n");
}

/** The outcomes of one status, one per line with what differed. */
export function list(outcomes: readonly Outcome[], status: Status): string {
  const text = (o: Outcome): string =>
    `${o.group} ${o.id} (${o.mode})\n${o.details.map((d) => `    ${d}`).join("\n")}`;
  return outcomes
    .filter((o) => o.status === status)
    .map(text)
    .join("\n");
}
