/**
 * @file How public functions are declared: a list of parameters, and the function of their values. From the list follow
 * what callers may write (by position, or by name in a trailing plain object, or some of each), the types, the checks and
 * the defaults. The declaration is kept with the function (`signatureOf`).
 *
 * Unknown names, names given twice and superfluous arguments are errors. NumPy's `out` is a parameter, so that positions
 * agree, but nothing can be written in place: giving it a value is an error.
 */
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { refuseMore } from "../base/checks.ts";
import { invariant, range } from "../base/util.ts";
import { isSmall, together } from "../core/deferral.ts";
import { explainFailure } from "./explain.ts";
import { type AnyParam, type RestOf, type Values, checkParam, value } from "./parameters.ts";
import { isPlainObject } from "./rest.ts";

export type { RestOf } from "./parameters.ts";

/** The parameters of a function, behind its operands. */
export interface Signature<Ps extends readonly AnyParam[] = readonly AnyParam[]> {
  readonly name: string;
  readonly params: Ps;
  /** How many operands stand before them, by position only. */
  readonly operands: number;
  /** How many of them may be given by position. */
  readonly positional: number;
  readonly names: readonly string[];
  /** Their values where none is given; null if one must be. */
  readonly defaults: Values<Ps> | null;
}

export function signature<const Ps extends readonly AnyParam[], const Ks extends readonly AnyParam[]>(
  name: string,
  operands: number,
  positional: Ps,
  byName: Ks,
): Signature<[...Ps, ...Ks]> {
  const params: [...Ps, ...Ks] = [...positional, ...byName];
  // Without lists of pairs: hundreds of functions are declared when the library is loaded.
  const defaults: Record<string, unknown> = {};
  for (const p of params) defaults[p.name] = p.initial;
  const complete = params.every((p) => !p.required);
  return {
    name,
    params,
    operands,
    positional: positional.length,
    names: params.map((p) => p.name),
    defaults: complete ? (Object.freeze(defaults) as Values<[...Ps, ...Ks]>) : null,
  };
}

const signatures = new WeakMap<object, Signature>();

/** The declaration of a public function. */
export const signatureOf = (f: object): Signature | undefined => signatures.get(f);

/**
 * True if the last argument holds options: a plain object in a place that takes no trees, or one that names parameters.
 * (A mask is a plain object too.)
 */
function holdsOptions({ params, positional, names }: Signature, args: readonly unknown[]): boolean {
  const last = args[args.length - 1];
  if (!isPlainObject(last)) return false;
  const at = args.length - 1;
  const mayBeTree = at < positional && params[at].kind === "tree";
  const keys = Object.keys(last);
  return !mayBeTree || (keys.length > 0 && keys.some((k) => names.includes(k)));
}

function tooMany({ name, params, operands, positional }: Signature, excess: number): ArgumentError {
  const names = params
    .slice(0, positional)
    .map((p) => p.name)
    .join(", ");
  const rest = positional === 0 ? "an options object" : `${names} and an options object`;
  return new ArgumentError(
    `${name}: ${excess} arguments too many; ${operands > 0 ? `after the leading ones at most ${rest} may follow` : `it takes ${rest}`}.`,
  );
}

/** The arguments behind the operands by name, without defaults. */
export function bindArguments(s: Signature, given: readonly unknown[]): Record<string, unknown> {
  let n = given.length;
  while (n > 0 && given[n - 1] === undefined) n--;
  const args = n === given.length ? given : given.slice(0, n);
  const options = holdsOptions(s, args) ? (args[n - 1] as Record<string, unknown>) : undefined;
  const count = options === undefined ? n : n - 1;
  if (count > s.positional) throw tooMany(s, count - s.positional);
  const out: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) out[s.names[i]] = args[i];
  if (options !== undefined) {
    checkOptions(s.name, options, s.names);
    for (const [key, x] of Object.entries(options)) {
      if (x === undefined) continue;
      if (out[key] !== undefined)
        throw new ArgumentError(`${s.name}: '${key}' is given by position and in the options; give it once.`);
      out[key] = x;
    }
  }
  if (out.out !== undefined && out.out !== null) {
    throw new ArgumentError(
      `${s.name}: 'out' is not supported; arrays never change. Use the returned array.`,
    );
  }
  return out;
}

/** The arguments behind the operands by name: checked, and with the defaults for those not given. */
export function settle<Ps extends readonly AnyParam[]>(
  s: Signature<Ps>,
  given: readonly unknown[],
): Values<Ps> {
  if (given.length === 0 && s.defaults !== null) return s.defaults;
  const out = bindArguments(s, given);
  for (const p of s.params) {
    if (out[p.name] !== undefined) checkParam(s.name, p, out[p.name]);
    else if (p.required) throw new ArgumentError(`${s.name}: the argument '${p.name}' is missing.`);
    else out[p.name] = p.initial;
  }
  return out as Values<Ps>;
}

/** A declared function with the operands `L`. */
export type Declared<
  L extends readonly unknown[],
  Ps extends readonly AnyParam[],
  Ks extends readonly AnyParam[],
  R,
> = (...args: [...L, ...RestOf<Ps, Ks>]) => R;

/**
 * Declares a function.
 * @param positional parameters that may be given by position behind the operands, in order, or by name
 * @param byName parameters that may be given by name only
 * @param body the function of their values and of the operands
 *
 *     const scaled = define("scaled", [number("factor", 2)], [], ({ factor }, x: NDArray) => x.mul(factor));
 *     scaled(np.array(3), { factor: 5 }); // 15
 */
export function define<
  const Ps extends readonly AnyParam[],
  const Ks extends readonly AnyParam[],
  L extends readonly unknown[],
  R,
>(
  name: string,
  positional: Ps,
  byName: Ks,
  body: (values: Values<[...Ps, ...Ks]>, ...operands: L) => R,
): Declared<L, Ps, Ks, R> {
  const operands = body.length - 1;
  invariant(operands >= 0, `${name}: the body of a declared function takes its values`);
  const s = signature(name, operands, positional, byName);
  const explained = (args: readonly unknown[], e: unknown): unknown =>
    explainFailure(name, [...range(operands).map((i) => `operand ${i}`), ...s.names], args, e);
  // One operand and nothing else is the usual call: it makes no lists.
  const call =
    operands === 1
      ? (x: unknown, ...rest: readonly unknown[]): R => {
          try {
            const run = (): R => body(settle(s, rest), ...([x] as unknown as L));
            return isSmall(x) ? run() : together(run);
          } catch (e) {
            throw explained([x, ...rest], e);
          }
        }
      : (...args: readonly unknown[]): R => {
          try {
            return together(() =>
              body(settle(s, args.slice(operands)), ...(args.slice(0, operands) as unknown as L)),
            );
          } catch (e) {
            throw explained(args, e);
          }
        };
  return register(s, call as Declared<L, Ps, Ks, R>);
}

function register<F extends object>(s: Signature, f: F): F {
  signatures.set(f, s);
  // Messages say "special.factorial"; the function is called "factorial".
  Object.defineProperty(f, "name", { value: s.name.slice(s.name.lastIndexOf(".") + 1), configurable: true });
  return f;
}

type NamedOptions<P extends readonly unknown[], N extends readonly string[]> = {
  readonly [K in keyof N & `${number}` as N[K] & string]?: (K extends keyof P ? P[K] : never) | undefined;
};

type Prefixes<P extends readonly unknown[]> = P extends readonly [...infer Init, unknown]
  ? P | Prefixes<Init>
  : [];
type Append<Q, O> = Q extends readonly unknown[] ? [...Q, O] : never;

/** A function whose parameters may also be given by name in a trailing object. */
export type Named<P extends readonly unknown[], R, N extends readonly string[]> = (
  ...args: P | Append<Prefixes<Required<P>>, NamedOptions<Required<P>, N>>
) => R;

/** The positions of a call that names some of its arguments. */
function placed(s: Signature, names: readonly string[], args: readonly unknown[]): unknown[] {
  const byName = bindArguments(s, args);
  const positions: unknown[] = args.slice(0, -1);
  const options: Record<string, unknown> = {};
  for (const key of Object.keys(byName)) {
    const at = names.indexOf(key);
    if (at === -1) options[key] = byName[key];
    else positions[at] = byName[key];
  }
  if (Object.keys(options).length > 0) positions[names.length] = options;
  return positions;
}

/**
 * Lets all parameters of a function be given by name in a trailing plain object, operands too, as Python's keyword
 * arguments. The function says itself what it takes and what its defaults are; called by position, it is called at once.
 * A plain object none of whose keys is a parameter is a value (dimension numbers, say).
 * @param names of the positional parameters, in order
 * @param optionNames of the options that the function itself takes as an object behind them
 */
export function named<P extends unknown[], R, const N extends readonly string[]>(
  name: string,
  f: (...args: P) => R,
  names: N,
  optionNames: readonly string[] = [],
): Named<P, R, N> {
  const parameters = (list: readonly string[]): AnyParam[] => list.map((n) => value()(n, undefined));
  const s = signature(name, 0, parameters(names), parameters(optionNames));
  // A function with options takes them behind the names, or some of them by position, too.
  const most = optionNames.length > 0 ? Math.max(names.length + 1, f.length) : names.length;
  const positions = (args: readonly unknown[]): readonly unknown[] => {
    const last = args[args.length - 1];
    const options = isPlainObject(last);
    const tooMany = args.length > names.length + Number(options);
    if (tooMany) refuseMore(name, most, args.slice(most));
    if (!options || tooMany) return args;
    if (Object.keys(last).length === 0) return args.slice(0, -1);
    return holdsOptions(s, args) ? placed(s, names, args) : args;
  };
  const call = (...args: unknown[]): R => {
    try {
      return together(() => f(...(positions(args) as P)));
    } catch (e) {
      throw explainFailure(name, names, args, e);
    }
  };
  return register(s, call as Named<P, R, N>);
}
