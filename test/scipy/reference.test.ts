/**
 * @file Every function of scipy.special and scipy.stats against mpmath: values, first and second derivatives, over the whole
 * domain (tails, near 0 and the ends of supports, huge and tiny parameters), in float64 and float32. A name without reference
 * values fails.
 */
import { describe, expect, it } from "vitest";
import { NDArray } from "../../src/core/array.ts";
import * as special from "../../src/scipy/special/index.ts";
import * as stats from "../../src/scipy/stats/index.ts";
import { type Row, evaluate, numberOf, reference } from "./reference.ts";
import { tolerances, usual } from "./tolerances.ts";

/** Functions without reference values, and where they are tested. */
const elsewhere: Readonly<Record<string, string>> = {
  "special.sphHarmY": "complex: special.test.ts",
  "special.wofz": "complex: faddeeva.test.ts",
  "stats.mode": "of samples: stats.test.ts",
  "stats.rankdata": "of samples: stats.test.ts",
};

function* namesOf(value: unknown, name: string): Generator<string> {
  if (typeof value === "function") yield name;
  else if (typeof value === "object" && value !== null && !(value instanceof NDArray))
    for (const [key, child] of Object.entries(value)) yield* namesOf(child, `${name}.${key}`);
}

/** Functions with first derivatives only. */
const firstOnly: Readonly<Record<string, string>> = {
  "stats.bernoulli.cdf": "linear in p",
  "stats.poisson.entropy": "a sum over thousands of terms: mpmath's differences take hours",
};

interface Limits {
  readonly eps: number;
  readonly smallest: number;
  readonly largest: number;
  readonly round: (x: number) => number;
}
const limits: Readonly<Record<"float32" | "float64", Limits>> = {
  float64: { eps: 2 ** -52, smallest: 2 ** -1022, largest: Number.MAX_VALUE, round: (x) => x },
  float32: { eps: 2 ** -23, smallest: 2 ** -126, largest: (2 - 2 ** -23) * 2 ** 127, round: Math.fround },
};

/** The error in units of epsilon; 0 where the reference over- or underflows in the dtype. */
function errorOf(
  got: number,
  want: number,
  slack: number,
  { eps, smallest, largest, round }: Limits,
): number {
  if (Math.abs(want) > largest) return 0;
  const rounded = round(want);
  if (got === rounded || (Number.isNaN(got) && Number.isNaN(rounded))) return 0;
  if (!Number.isFinite(got)) return Infinity;
  if (Math.abs(want) < 20 * smallest && Math.abs(got) < 20 * smallest) return 0;
  return Math.abs(got - want) / (eps * (Math.abs(want) + (Number.isFinite(slack) ? slack : 0)));
}

/** Chain rules of locations and scales square the arguments; second derivatives do always. */
const squares = ({ smallest, largest }: Limits, args: readonly number[]): boolean =>
  args.every((x) => x === 0 || (Math.abs(x) > Math.sqrt(smallest) && Math.abs(x) < Math.sqrt(largest)));

/** What is wrong in a row. */
function faults(name: string, row: Row, at: number, found: ReturnType<typeof evaluate>, l: Limits): string[] {
  const [args, value, d1, d2] = row;
  const entry = reference[name];
  const tolerance = tolerances[name] ?? usual;
  const out: string[] = [];
  const check = (order: number, k: number, got: number, want: number, slack: number): void => {
    const error = errorOf(got, want, slack, l);
    if (!(error <= tolerance[order]))
      out.push(
        `${"d".repeat(order)}${order > 0 ? k : ""}(${args.join(", ")}) = ${got}, want ${want}: ${error.toPrecision(3)} eps`,
      );
  };
  const first = d1.map(numberOf);
  const second = d2.map(numberOf);
  const sensitivity = entry.d1.reduce((sum, k, j) => sum + Math.abs(args[k] * first[j]), 0);
  check(0, 0, found.value[at], numberOf(value), sensitivity);
  // Where the value itself overflows, derivatives are not defined.
  if (Math.abs(numberOf(value)) > l.largest) return out;
  const safe = squares(l, args);
  // What a rounding of the first argument does to a derivative holds for those with respect to the others too.
  const ofFirst =
    first.length > 0 && second.length > 0 ? Math.abs((args[entry.d1[0]] * second[0]) / first[0]) : 0;
  if (safe || name.startsWith("special"))
    entry.d1.forEach((k, j) => {
      const i = entry.d2.indexOf(k);
      const own = i < 0 ? 0 : Math.abs(args[k] * second[i]);
      check(
        1,
        k,
        found.d1[j][at],
        first[j],
        Math.max(own, k === entry.d1[0] ? 0 : ofFirst * Math.abs(first[j])),
      );
    });
  if (!safe) return out;
  const natural = entry.d2.map((k) => {
    const slope = first[entry.d1.indexOf(k)];
    return (args[k] === 0 ? 0 : Math.abs(slope / args[k])) + (name.includes("log") ? slope ** 2 : 0);
  });
  const relative = Math.abs(natural[0] / second[0]);
  entry.d2.forEach((k, j) => {
    check(2, k, found.d2[j][at], second[j], Math.max(natural[j], relative * Math.abs(second[j])));
  });
  return out;
}

const names = [...namesOf(special, "special"), ...namesOf(stats, "stats")];
const base = (name: string): string => name.replace(/\.\d+$/, "");

describe("reference values", () => {
  it("are there for every name", () => {
    const known = new Set(Object.keys(reference).map(base));
    const members = (name: string): boolean =>
      known.has(name) || [...known].some((k) => k.startsWith(`${name}.`));
    expect(names.filter((n) => !members(n) && elsewhere[n] === undefined)).toEqual([]);
    expect(Object.keys(tolerances).filter((n) => reference[n] === undefined)).toEqual([]);
  });

  it("hold second derivatives wherever there are first ones, but where it is said why not", () => {
    const short = Object.entries(reference).filter(([, r]) => r.d1.length > 0 && r.d2.length === 0);
    expect(short.map(([name]) => name).filter((name) => firstOnly[name] === undefined)).toEqual([]);
  });

  it.each(Object.keys(reference))("%s", (name) => {
    const wrong: string[] = [];
    for (const dtype of ["float64", "float32"] as const) {
      const { rows } = reference[name];
      const fitting =
        dtype === "float64" ? rows : rows.filter(([args]) => args.every((x) => Math.fround(x) === x));
      if (fitting.length === 0) continue;
      const found = evaluate(name, fitting, dtype);
      fitting.forEach((row, i) => {
        for (const fault of faults(name, row, i, found, limits[dtype])) wrong.push(`${dtype} ${fault}`);
      });
    }
    expect(wrong).toEqual([]);
  });
});
