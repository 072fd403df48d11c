/**
 * @file Every public function, handed what it does not take: a right result, or an error of the library's, but no raw one.
 *
 * Each function is called as its example calls it (calls.ts), with one argument replaced by a hostile value (each value
 * meets each function, the places take turns), with too many arguments, and with none. What a caller's own function throws (an example's, say) is the caller's.
 */
import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { errors, jit, numpy as np } from "../../src/index.ts";
import { isFromLibrary } from "../../src/base/source.ts";
import { type Call, publicFunctions, recordCalls } from "./calls.ts";

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
const cyclicList: unknown[] = [1];
cyclicList.push(cyclicList);

const hostile: readonly (readonly [string, unknown])[] = [
  ["5n", 5n],
  ["NaN", NaN],
  ["1.5", 1.5],
  ["-1", -1],
  ["Infinity", Infinity],
  ['"constructor"', "constructor"],
  ["null", null],
  ["a symbol", Symbol("s")],
  ["an object that holds itself", cyclic],
  ["a list that holds itself", cyclicList],
  ["[]", []],
  ["[1.5]", [1.5]],
  ["[5n]", [5n]],
  ["{}", {}],
  ["an unknown option", { unknown: 1 }],
  ["a vector", np.array([1, 2])],
  ["a scalar array", np.array(2)],
  ["an object without a prototype", Object.create(null)],
  ["undefined", undefined],
  ["2³¹", 2 ** 31],
  ["2⁴⁰", 2 ** 40],
];

/** Functions that change the state of the tests. */
const stateful = /^(init$|config\.)/;

/** A loop whose condition stays true for a value that it is handed rightly does not end. */
const mayNotEnd = (name: string, place: number): boolean => name === "lax.whileLoop" && place === 2;

/** Functions of as many operands as one likes. */
const variadic =
  /^((numpy|dtypes)\.resultType|lax\.(cond|switch_?|selectN|broadcastShapes)|optim\.(transforms\.)?(chain|namedChain)|scipy\.linalg\.blockDiag|numpy\.(atleast[123]d|broadcast(Arrays|Shapes)|meshgrid|ix_|einsum(Path)?|piecewise|applyAlongAxis|gradient)|(experimental\.ode\.)?odeint|odeintEvent|evalShape|(inspect\.)?(costOf|graphOf|loopsOf|memoryOf)|(source\.)?toSource|aot\.aot|functional\.(inverse(Jvp|Vjp)|reversibleChain)|elimination\.eliminations|(printS|s)avedResiduals|closureConvert|Array\.(slice|at))$/;

/** The raw error of a call, as text; null if there is none. */
function rawError(run: () => unknown): string | null {
  try {
    const out = run();
    if (out instanceof Promise) out.catch(() => undefined);
    return null;
  } catch (e) {
    if (e instanceof errors.AdjointError) return null;
    if (!(e instanceof Error)) return "what is thrown is no error";
    return isFromLibrary(e.stack) ? `${e.name}: ${e.message.split("\n")[0]}` : null;
  }
}

/** Which of the hostile values place `i` of `n` meets: each value meets each function, at up to two of its places. */
const valuesAt = (turn: number, i: number, n: number): readonly (readonly [string, unknown])[] =>
  hostile.filter((_, k) => (i + turn + k) % n < 2);

/** True if a call throws an error of the library, or rejects with one. */
async function isRefused(run: () => unknown): Promise<boolean> {
  try {
    await run();
    return false;
  } catch (e) {
    return e instanceof errors.AdjointError;
  }
}

async function offendersOf(call: Call, turn: number): Promise<string[]> {
  const { name, f, self, args } = call;
  const out: string[] = [];
  const judge = (what: string, given: readonly unknown[]): void => {
    const error = rawError(() => f.apply(self, [...given]));
    if (error !== null) out.push(`${name}: ${what} → ${error}`);
  };
  for (let i = 0; i <= args.length; i++) {
    if (mayNotEnd(name, i)) continue;
    for (const [label, x] of valuesAt(turn, i, args.length + 1)) {
      const given = [...args];
      given[i] = x;
      judge(`argument ${i} = ${label}`, given);
    }
    const traced = rawError(() =>
      jit((t) => {
        const given = [...args];
        given[i] = t;
        const out = f.apply(self, given);
        if (out instanceof Promise) out.catch(() => undefined);
        return 0;
      })(np.array(2)),
    );
    if (traced !== null) out.push(`${name}: argument ${i} traced → ${traced}`);
  }
  judge("none", []);
  judge("many", [...args, ...new Array<number>(12).fill(1)]);
  const beyond = [...args, ...new Array<undefined>(12), 1];
  if (!variadic.test(name) && !(await isRefused(() => f.apply(self, beyond))))
    out.push(`${name}: takes what is beyond its arguments`);
  return out;
}

describe("hostile arguments", () => {
  it("never meet a raw error", { timeout: 300_000 }, async () => {
    const calls = await recordCalls(1);
    const print = console.log;
    console.log = () => undefined;
    const offenders: string[] = [];
    let count = 0;
    try {
      const byFunction = new Map([...calls.values()].map(([first]) => [first.f, first]));
      const met = new Set<unknown>();
      for (const [name, f] of publicFunctions()) {
        if (stateful.test(name) || met.has(f)) continue;
        met.add(f);
        const plain = {
          name,
          f,
          self: name.startsWith("Array.") ? np.ones([3]) : undefined,
          args: [np.ones([3])],
        };
        offenders.push(...(await offendersOf({ ...(byFunction.get(f) ?? plain), name }, count++)));
      }
    } finally {
      console.log = print;
      // Savers of files were given a name.
      rmSync("constructor", { force: true });
    }
    expect(count).toBeGreaterThan(900);
    expect(offenders).toEqual([]);
  });
});
