/**
 * @file Functions as the programs that are looked at: with the user's lines, and simplified as `jit` simplifies them, so that what is
 * counted and drawn is what runs. Calls are in the place of their bodies; their names are scopes of the equations.
 */
import { config } from "../../base/config.ts";
import type { Source } from "../../base/source.ts";
import { CallSite } from "../../base/source.ts";
import type { AnyFunction } from "../../api/flatten.ts";
import { functionName } from "../../core/trace.ts";
import { traceAbstract } from "../../api/staging.ts";
import { type ClosedJaxpr, ClosedJaxpr as Closed, type Eqn, subJaxprs } from "../../core/jaxpr/ir.ts";
import { keystr, treeFlattenWithPath, treeUnflatten } from "../../core/tree.ts";
import { constsToInputs } from "../../interpreters/staging.ts";
import { jitP } from "../../jit/call.ts";
import type { JitParams } from "../../jit/call.ts";
import { simplify } from "../../jit/simplify.ts";

/** A program, the values of whose constants are its first inputs. */
export interface Traced {
  /** The name of the function. */
  readonly name: string;
  /** Simplified: see `looked`. */
  readonly jaxpr: ClosedJaxpr;
  /** How many of the inputs are constants. */
  readonly constants: number;
  /** What to call inputs and results: `x0`, `x1.weight`; `result`, `result.bias`. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The paths of leaves as one writes them. */
const pathsOf = (name: string, tree: unknown): string[] =>
  treeFlattenWithPath(tree)[0].map(([path]) => name + keystr(path).replace(/\['(\w+)'\]/g, ".$1"));

/** The program of a function, for arguments like these. */
export function traced(what: string, f: AnyFunction, args: readonly unknown[]): Traced {
  const { jaxpr: closed, fun } = config.with({ sourceLines: "recorded" }, () => traceAbstract(what, f, args));
  const { jaxpr, consts } = constsToInputs(closed);
  const result = treeUnflatten(
    fun.outDef,
    closed.jaxpr.outs.map((_, i) => i),
  );
  return {
    name: functionName(f),
    jaxpr: looked(jaxpr),
    constants: consts.length,
    inputs: [...consts.map((_, i) => `constant ${i}`), ...args.flatMap((arg, i) => pathsOf(`x${i}`, arg))],
    outputs: pathsOf("result", result),
  };
}

const simplified = new WeakMap<ClosedJaxpr, ClosedJaxpr>();

/** A program without constants, simplified; its calls have become scopes. */
export function looked(closed: ClosedJaxpr): ClosedJaxpr {
  let out = simplified.get(closed);
  if (out === undefined) {
    const { jaxpr } = closed;
    const eqns = jaxpr.eqns.map((e) => withCallScopes(e, undefined, [], 0));
    simplified.set(closed, (out = simplify(new Closed({ ...jaxpr, eqns }, closed.consts))));
  }
  return out;
}

/** What transformations put before the name of a compiled function. */
const derivedName = /^(?:(?:jvp|linearize|tangent|transpose|vmap)_)+/;

const isJit = (e: Eqn): e is Eqn & { readonly params: JitParams } => e.primitive === jitP;

/** The name of the scope that a call is; null for calls that users do not make. */
const scopeOfCall = (e: Eqn): string | null => (isJit(e) ? e.params.name.replace(derivedName, "") : null);

export const scopesOf = (source: Source | undefined): readonly string[] =>
  source?.scope?.split("/").filter((s) => s !== "") ?? [];

/**
 * An equation whose calls name their scopes.
 * @param path the scopes around the body that it stands in; its own first `strip` ones are among them.
 */
function withCallScopes(eqn: Eqn, outer: Source | undefined, path: readonly string[], strip: number): Eqn {
  const own = eqn.source ?? outer;
  const scopes = [...path, ...scopesOf(eqn.source).slice(strip)];
  const source: Source | undefined = own && {
    site: own.site,
    scope: scopes.length === 0 ? null : scopes.join("/"),
    backward: own.backward || outer?.backward === true,
    steps: own.steps,
  };
  const bodies = eqn.primitive.kind === "call" ? subJaxprs(eqn.params) : [];
  if (bodies.length === 0) return { ...eqn, source };
  const [body] = bodies;
  const name = scopeOfCall(eqn);
  const inner = name === null ? scopes : [...scopes, name];
  const known = scopesOf(eqn.source).length;
  const eqns = body.jaxpr.eqns.map((e) => withCallScopes(e, source, inner, known));
  const named = new Closed({ ...body.jaxpr, eqns }, body.consts);
  const params = Object.fromEntries(Object.entries(eqn.params).map(([k, v]) => [k, v === body ? named : v]));
  return { ...eqn, source, params };
}

/** `file:line:column` of the user's call behind an equation, or null. */
export function lineOf(source: Source | undefined): string | null {
  const text = source === undefined ? "" : String(source.site);
  return text === "" || text === String(nowhere()) ? null : text;
}

const nowhere = (): CallSite => new CallSite(null);
