/**
 * @file JAX's context managers: settings, and names, for the time of one function. Where Python says `with name(value):` they take
 * the function that is the body.
 */
import { checkFunction, show, refuseMore } from "../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { config } from "../../base/config.ts";
import { withScope } from "../../base/source.ts";
import { type AnyFunction, callWith } from "../flatten.ts";

function checkFlag(where: string, value: unknown): void {
  if (typeof value !== "boolean")
    throw new ArgumentError(`${where}: expected true or false; got ${show(value)}.`);
}

/**
 * Runs `f` without compilation: functions made by `jit` are called as they are, and so are the bodies of `scan`, `whileLoop`,
 * `foriLoop`, `map`, `cond` and `switch` where their conditions are known: what they print and where they stop can be seen. With
 * `disable: false` as ever, also within another `disableJit`.
 * @see jax.disable_jit
 * @example
 * const f = jit((x) => (x.item() > 0 ? x : x.neg()));
 * disableJit(() => f(-3).item()); // 3
 */
export function disableJit<R>(f: () => R, disable = true, ...more: []): R {
  refuseMore("disableJit", 2, more);
  checkFunction("disableJit", "the first argument", f);
  checkFlag("disableJit", disable);
  return config.with({ disableJit: disable }, f);
}

/**
 * Runs `f` with float64 (true) or float32 (false) as the default float. Arrays of a dtype that was asked for keep it (JAX narrows
 * those, too).
 * @see jax.enable_x64
 * @example
 * enableX64(false, () => np.ones([2]).dtype); // "float32"
 */
export function enableX64<R>(newVal: boolean, f: () => R, ...more: []): R {
  refuseMore("enableX64", 2, more);
  checkFlag("enableX64", newVal);
  checkFunction("enableX64", "the second argument", f);
  return config.with({ defaultFloat: newVal ? "float64" : "float32" }, f);
}

/**
 * Runs `f` with the setting `debugNans`: an operation that makes a NaN throws a `NanError`.
 * @see jax.debug_nans
 * @example
 * debugNans(true, () => np.log(np.array(-1))); // throws NanError: log
 */
export function debugNans<R>(newVal: boolean, f: () => R, ...more: []): R {
  refuseMore("debugNans", 2, more);
  checkFlag("debugNans", newVal);
  checkFunction("debugNans", "the second argument", f);
  return config.with({ debugNans: newVal }, f);
}

/**
 * Runs `f` with the setting `debugInfs`: an operation that makes an infinity throws an `InfError`.
 * @see jax.debug_infs
 * @example
 * debugInfs(true, () => np.log(np.array(0))); // throws InfError: log
 */
export function debugInfs<R>(newVal: boolean, f: () => R, ...more: []): R {
  refuseMore("debugInfs", 2, more);
  checkFlag("debugInfs", newVal);
  checkFunction("debugInfs", "the second argument", f);
  return config.with({ debugInfs: newVal }, f);
}

/**
 * Runs `f`. The softmax of this library has the rule that JAX's setting chooses in any case: its derivative is made of the result,
 * and nothing else is kept.
 * @see jax.softmax_custom_jvp
 * @example
 * softmaxCustomJvp(true, () => nn.softmax(np.zeros([2]))); // [0.5, 0.5]
 */
export function softmaxCustomJvp<R>(newVal: boolean, f: () => R, ...more: []): R {
  refuseMore("softmaxCustomJvp", 2, more);
  checkFlag("softmaxCustomJvp", newVal);
  checkFunction("softmaxCustomJvp", "the second argument", f);
  return f();
}

function checkName(where: string, name: unknown): void {
  if (typeof name !== "string") throw new ArgumentError(`${where}: a name must be text; got ${show(name)}.`);
}

/**
 * Runs `f` in a scope with a name, which errors made there show (`in layer/activation`, and as their property `scope`).
 * @throws ArgumentError for a name that is no text
 * @see jax.named_scope
 * @example
 * namedScope("layer", () => np.add(np.ones([2]), np.ones([3]))); // throws ShapeError: in layer
 */
export function namedScope<R>(name: string, f: () => R, ...more: []): R {
  refuseMore("namedScope", 2, more);
  checkName("namedScope", name);
  checkFunction("namedScope", "the second argument", f);
  return withScope(name, f);
}

/**
 * The function, each call of it in a scope with a name: its own, or the one given. See `namedScope`.
 * @throws ArgumentError for a name that is no text
 * @see jax.named_call
 * @example
 * const layer = namedCall((x: Array) => np.add(x, np.ones([3])), { name: "layer" });
 * jit(layer)(np.ones([2])); // throws ShapeError: in layer
 */
export function namedCall<F extends (...args: never[]) => unknown>(
  fun: F,
  options?: { readonly name?: string | undefined },
  ...more: []
): F {
  refuseMore("namedCall", 2, more);
  checkFunction("namedCall", "the first argument", fun);
  checkOptions("namedCall", options, ["name"]);
  const name = options?.name ?? fun.name;
  checkName("namedCall", name);
  const call = (...args: unknown[]): unknown =>
    withScope(name, (): unknown => callWith(fun as AnyFunction, args));
  return call as unknown as F;
}
