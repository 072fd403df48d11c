/**
 * @file The library's settings: read anywhere, changed with `config.update`, or for the time of one call with
 * `config.with`. Rules of primitives never read them; they act where values enter (default dtypes) or are checked.
 */
import { show } from "./checks.ts";
import { ArgumentError, checkOptions } from "./errors.ts";

/** All settings. */
export interface ConfigValues {
  /** The dtype of JavaScript numbers and of anything made without a dtype. */
  readonly defaultFloat: "float64" | "float32";
  /** Throw a `NanError`, naming the operation, as soon as an eager operation makes a NaN. */
  readonly debugNans: boolean;
  /** Likewise an infinity, which is an `InfError`. */
  readonly debugInfs: boolean;
  /** Check every jaxpr and every loop program after it is built or transformed. */
  readonly enableChecks: boolean;
  /** Run loop programs in the interpreter: no code is generated (hosts that forbid `new Function`). */
  readonly jitless: boolean;
  /** What compiles programs that do not say it themselves: see the option of `jit`. */
  readonly backend: "auto" | "js" | "wasm";
  /** Functions made by `jit`, and the bodies of loops and branches, run as they are, on arrays with values: to debug them. */
  readonly disableJit: boolean;
  /** With "none", binary operations between arrays of different dtypes are errors instead of promotions. */
  readonly dtypePromotion: "standard" | "none";
  /**
   * Equations know the user's line that they come from, and debuggers step through compiled programs by these lines: those
   * that leave it to "auto" what compiles them become JavaScript. Costs as much as tracing. With "recorded" they know
   * the lines, and are compiled as ever: tools that show lines set that themselves.
   */
  readonly sourceLines: boolean | "recorded";
}

const flags = [false, true] as const;
/** What each setting may be; the first is its default. */
const allowed: { readonly [K in keyof ConfigValues]: readonly ConfigValues[K][] } = {
  defaultFloat: ["float64", "float32"],
  debugNans: flags,
  debugInfs: flags,
  enableChecks: flags,
  jitless: flags,
  backend: ["auto", "js", "wasm"],
  disableJit: flags,
  dtypePromotion: ["standard", "none"],
  sourceLines: [false, true, "recorded"],
};

const defaults = Object.freeze(
  Object.fromEntries(Object.entries(allowed).map(([key, [first]]) => [key, first])),
) as unknown as ConfigValues;

/** The settings with changes; `undefined` changes nothing. */
function changed(where: string, changes: Partial<ConfigValues>): ConfigValues {
  checkOptions(where, changes, Object.keys(allowed));
  const given = Object.entries(changes).filter(([, x]) => x !== undefined);
  for (const [key, x] of given) {
    const values: readonly unknown[] = allowed[key as keyof ConfigValues];
    if (!values.includes(x))
      throw new ArgumentError(`${where}: ${key} must be ${values.map(show).join(" or ")}; got ${show(x)}.`);
  }
  return Object.freeze({ ...current, ...Object.fromEntries(given) });
}

/** Numbers of the settings that have been in force: equal settings have one number. */
const versions = new Map<string, number>();
const versionOf = (values: ConfigValues): number => {
  const key = JSON.stringify(values);
  let number = versions.get(key);
  if (number === undefined) versions.set(key, (number = versions.size));
  return number;
};

let current: ConfigValues = defaults;
let version = versionOf(current);

/**
 * The settings of the library: `values` are those in force, `update` changes them for the rest of the program, `with`
 * for one function. See `ConfigValues` for what there is.
 * @example
 * config.with({ defaultFloat: "float32" }, () => np.zeros([2]).dtype); // "float32"
 */
export const config = Object.freeze({
  get values(): ConfigValues {
    return current;
  },
  /** The number of the settings in force; caches that depend on settings compare it. */
  get version(): number {
    return version;
  },

  /** Changes settings for the rest of the program. */
  update(changes: Partial<ConfigValues>): void {
    current = changed("config.update", changes);
    version = versionOf(current);
  },

  /**
   * Runs `f` with changed settings and restores the old ones.
   * @example
   * config.with({ defaultFloat: "float32" }, () => np.ones([2]).dtype); // "float32"
   */
  with<R>(changes: Partial<ConfigValues>, f: () => R): R {
    const before = current;
    this.update(changes);
    try {
      return f();
    } finally {
      current = before;
      version = versionOf(before);
    }
  },
});
