/**
 * @file `checkify`: a function that may fail as one that returns what failed.
 *
 * The function is traced, and its program evaluated with a check behind each operation that may fail. What failed first is state: a
 * number and the values of all places that may fail, in cells that loops, branches and calls pass on (interpreters/state.ts). So
 * the result is an ordinary program, which can be compiled, differentiated and batched.
 */
import { checkFunction, show, refuseMore } from "../../base/checks.ts";
import { config } from "../../base/config.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { withSource } from "../../base/source.ts";
import type { NDArray } from "../../core/array.ts";
import type { ArrayTree, LikeArgs } from "../../core/tree-types.ts";
import { evalEqn, evalJaxpr } from "../../core/jaxpr/eval.ts";
import { type ClosedJaxpr, type Eqn, subJaxprs } from "../../core/jaxpr/ir.ts";
import { runTrace } from "../../core/trace.ts";
import { StagingTrace } from "../../interpreters/staging.ts";
import { type AnyFunction, type FlatFunction, describeCall, flattenCall } from "../../api/flatten.ts";
import { StateCell } from "../../interpreters/state.ts";
import { condP } from "../../control-flow/branches/cond.ts";
import { switch_ } from "../../control-flow/branches/api.ts";
import { scan, whileLoop } from "../../control-flow/loops/api.ts";
import {
  type ScanParams,
  type WhileParams,
  scanGroups,
  whileGroups,
} from "../../control-flow/loops/params.ts";
import { scanP } from "../../control-flow/loops/scan.ts";
import { whileP } from "../../control-flow/loops/while.ts";
import { stopGradient } from "../../lax/identities/stop-gradient.ts";
import * as lax from "../../lax/plain.ts";
import { zerosOf } from "../../lax/shapes/creation.ts";
import type { CondParams } from "../../control-flow/branches/cond.ts";
import { checksOf } from "./automatic.ts";
import { type CheckParams, checkP, debugCheckP } from "./check.ts";
import { ErrorValue, type Site } from "./error.ts";
import { type ErrorCategory, type ErrorSet, userChecks } from "./sets.ts";

interface SiteOf extends Site {
  test(
    inputs: readonly NDArray[],
    outs: readonly NDArray[],
  ): readonly [failed: NDArray, ...values: NDArray[]];
}

/** The place of a check of the user's. */
function userSite(eqn: Eqn): SiteOf {
  const { message, site } = eqn.params as CheckParams;
  return {
    avals: eqn.inputs.slice(1).map((a) => a.aval.strong),
    message: (values) => `${message(values)}\n  at ${String(site)}`,
    test: ([pred, ...values]) => [lax.bitwiseNot(pred), ...values],
  };
}

const isCheck = ({ primitive }: Eqn): boolean =>
  ([checkP, debugCheckP] as readonly unknown[]).includes(primitive);

/** Whether the bodies of an equation are looked into. */
const looksInto = ({ primitive }: Eqn): boolean =>
  primitive.kind === "call" || ([scanP, whileP, condP] as readonly unknown[]).includes(primitive);

/** What failed first, while a program is evaluated with its checks. */
class Checked {
  readonly #errors: ErrorSet;
  readonly #sites: SiteOf[] = [];
  readonly #ofEqn = new Map<Eqn, readonly number[]>();
  readonly #code: StateCell;
  readonly #payload: StateCell[][];

  constructor(closed: ClosedJaxpr, errors: ErrorSet) {
    this.#errors = errors;
    this.#find(closed);
    this.#code = new StateCell(lax.full([], 0, "int32"));
    this.#payload = this.#sites.map((s) => s.avals.map((a) => new StateCell(zerosOf(a))));
  }

  /** Numbers the places that may fail, in all bodies. */
  #find({ jaxpr }: ClosedJaxpr): void {
    for (const eqn of jaxpr.eqns) {
      if (this.#ofEqn.has(eqn)) continue;
      const sites = this.#sitesOf(eqn);
      this.#ofEqn.set(
        eqn,
        sites.map((s) => this.#sites.push(s)),
      );
      if (looksInto(eqn)) subJaxprs(eqn.params).forEach((body) => this.#find(body));
    }
  }

  #sitesOf(eqn: Eqn): readonly SiteOf[] {
    if (isCheck(eqn)) return this.#errors.has("user") ? [userSite(eqn)] : [];
    return looksInto(eqn) ? [] : checksOf(eqn, this.#errors);
  }

  get error(): ErrorValue {
    const payload = this.#payload.flat().map((cell) => cell.value);
    return new ErrorValue(this.#code.value, payload, this.#sites);
  }

  /** Notes that a place failed, if it did and is the first. */
  #note(number: number, [failed, ...values]: readonly [NDArray, ...NDArray[]]): void {
    const code = this.#code.value;
    const first = lax.bitwiseAnd(failed, lax.eq(code, 0));
    this.#code.value = lax.select(first, lax.full([], number, "int32"), code);
    this.#payload[number - 1].forEach((cell, i) => {
      const value = lax.convertElementType(stopGradient(values[i]), cell.aval.dtype);
      const chosen = lax.broadcastInDim(first, value.shape, []);
      cell.value = lax.select(chosen, value, cell.value);
    });
  }

  /** Evaluates a program with its checks. */
  run({ jaxpr, consts }: ClosedJaxpr, args: readonly NDArray[]): NDArray[] {
    return evalJaxpr(jaxpr, consts, args, (eqn, inputs) =>
      withSource(eqn.source, () => this.#step(eqn, inputs)),
    );
  }

  #step(eqn: Eqn, inputs: readonly NDArray[]): NDArray[] {
    const outs = isCheck(eqn) ? [] : this.#compute(eqn, inputs);
    const numbers = this.#ofEqn.get(eqn)!;
    if (numbers.length > 0) {
      const [xs, ys] = [inputs, outs].map((list) => list.map((x) => stopGradient(x)));
      for (const k of numbers) this.#note(k, this.#sites[k - 1].test(xs, ys));
    }
    return outs;
  }

  #compute(eqn: Eqn, inputs: readonly NDArray[]): NDArray[] {
    const { params } = eqn;
    const primitive: unknown = eqn.primitive;
    if (primitive === scanP) return this.#scan(params as ScanParams, inputs);
    if (primitive === whileP) return this.#while(params as WhileParams, inputs);
    if (primitive === condP) {
      const [index, ...operands] = inputs;
      const { branches } = params as CondParams;
      return switch_(
        index,
        branches.map(
          (b) =>
            (...xs: readonly NDArray[]) =>
              this.run(b, xs),
        ),
        ...operands,
      );
    }
    const [body] = eqn.primitive.kind === "call" ? subJaxprs(params) : [];
    if (body === undefined) return evalEqn(eqn, inputs);
    if (eqn.primitive.call === undefined) return this.run(body, inputs);
    // With a derivative rule of the user's: that stays, and the body is run for its checks.
    this.run(
      body,
      inputs.map((x) => stopGradient(x)),
    );
    return evalEqn(eqn, inputs);
  }

  #scan(p: ScanParams, inputs: readonly NDArray[]): NDArray[] {
    const { consts, carry, xs } = scanGroups(p).split(inputs);
    const n = carry.length;
    const [ends, ys] = scan(
      (c: readonly NDArray[], x: readonly NDArray[]): [NDArray[], NDArray[]] => {
        const outs = this.run(p.jaxpr, [...consts, ...c, ...x]);
        return [outs.slice(0, n), outs.slice(n)];
      },
      carry as readonly NDArray[],
      xs as readonly NDArray[],
      { length: p.length, reverse: p.reverse, checkpoint: p.slots },
    );
    return [...ends, ...ys];
  }

  /** The condition is tested before the loop and at the end of each step: so it may fail as well. */
  #while(p: WhileParams, inputs: readonly NDArray[]): NDArray[] {
    const { condConsts, bodyConsts, carry } = whileGroups(p).split(inputs);
    const goesOn = (c: readonly NDArray[]): NDArray => this.run(p.cond, [...condConsts, ...c])[0];
    const [, ends] = whileLoop(
      ([going]: readonly [NDArray, readonly NDArray[]]) => going,
      ([, c]): [NDArray, NDArray[]] => {
        const next = this.run(p.body, [...bodyConsts, ...c]);
        return [goesOn(next), next];
      },
      [goesOn(carry), carry] as readonly [NDArray, readonly NDArray[]],
      { checkpoint: p.slots },
    );
    return ends;
  }
}

const kinds: readonly ErrorCategory[] = ["user", "nan", "div", "index"];

function checkSet(errors: unknown): asserts errors is ErrorSet {
  if (errors instanceof Set && [...(errors as Set<unknown>)].every((k) => kinds.includes(k as ErrorCategory)))
    return;
  throw new ArgumentError(
    `checkify: errors is one of checkify.userChecks, nanChecks, divChecks, indexChecks, floatChecks, automaticChecks, allChecks, ` +
      `or a set of "user", "nan", "div", "index"; got ${show(errors)}.`,
  );
}

/** The program of a function with all that it computes, whether it is needed or not. */
function traceWhole(fun: FlatFunction, arrays: readonly NDArray[]): ClosedJaxpr {
  const trace = new StagingTrace(fun.what);
  const inputs = arrays.map((x) => trace.input(x.aval));
  const outs = runTrace(trace, () => fun.call(inputs));
  return trace.close(inputs, outs, false);
}

/**
 * A function that returns `[error, result]`: what failed first of the checks that it makes (`checkify.check`), and of those that
 * `errors` names: NaNs, divisions by zero, indices out of bounds. `error.get()` is its message with the user's line, or null;
 * `error.throw()` throws it. The result is what it would be without the checks.
 *
 * It can be compiled, differentiated and batched; checks in functions that it calls, in loops and branches count as well. Under
 * `vmap`, the error has one message for each lane that failed.
 * @param options `errors`: which errors to look for; `checkify.userChecks` by default
 * @throws ArgumentError for an option that is none
 * @see jax.experimental.checkify.checkify
 * @example
 * const f = (x: Array): Array => np.log(x).mul(2);
 * const [err, y] = checkify.checkify(f, { errors: checkify.floatChecks })(-1);
 * err.get()?.split("\n")[0]; // "nan generated by primitive: log."
 * y.item(); // NaN
 */
export function checkify<A extends NDArray[], const R>(
  f: (...args: A) => R,
  options?: CheckifyOptions,
): (...args: LikeArgs<A>) => [ErrorValue, ArrayTree<R>];
export function checkify<A extends unknown[], const R>(
  f: (...args: A) => R,
  options?: CheckifyOptions,
): (...args: LikeArgs<A>) => [ErrorValue, ArrayTree<R>];
export function checkify(
  f: AnyFunction,
  options?: CheckifyOptions,
  ...more: readonly unknown[]
): (...args: unknown[]) => [ErrorValue, unknown] {
  refuseMore("checkify", 2, more);
  checkFunction("checkify", "the first argument", f);
  checkOptions("checkify", options, ["errors"]);
  const errors = options?.errors ?? userChecks;
  checkSet(errors);
  return (...args) => {
    const what = describeCall("checkify", f);
    const { arrays, fun } = flattenCall(f, args, what);
    const closed = config.with({ sourceLines: "recorded" }, () => traceWhole(fun, arrays));
    const checked = new Checked(closed, errors);
    const outs = checked.run(closed, arrays);
    return [checked.error, fun.result(outs)];
  };
}

/** Options of `checkify`. */
export interface CheckifyOptions {
  /** Which errors to look for. */
  readonly errors?: ErrorSet | undefined;
}
