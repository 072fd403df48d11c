/** @file A debugger stops at the user's lines in generated code, and shows variables by the user's names. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

interface Stop {
  readonly line: number;
  readonly sourceColumn: number;
  readonly variables: Readonly<Record<string, number>>;
}

interface Scenario {
  readonly stops: readonly Stop[];
  readonly value: number;
  readonly plain: number;
  readonly source: string;
  readonly backend: string;
  readonly names: readonly string[];
  readonly sources: readonly string[];
}

interface Session {
  readonly lines: Readonly<Record<string, number>>;
  readonly stopping: Scenario;
  readonly stepping: Scenario;
  readonly loop: Scenario;
  readonly long: Scenario;
}

let seen: Session;

beforeAll(() => {
  const program = fileURLToPath(new URL("./debugged.ts", import.meta.url));
  const out = execFileSync(process.execPath, ["--import", "tsx", program], {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
    maxBuffer: 2 ** 26,
  });
  seen = JSON.parse(out) as Session;
}, 120_000);

const [x, w] = [0.5, 2];
const h = Math.tanh(x);
const y = Math.exp(h) * h;
const yBar = Math.cos(y * w) * w;
const hBar = yBar * (Math.exp(h) + y);

describe("a debugger in generated code", () => {
  it("finds the user's file in the map, and runs JavaScript", () => {
    expect(seen.stopping.sources).toEqual([new URL("./model.ts", import.meta.url).href]);
    expect(seen.stopping.backend).toBe("js");
  });

  it("stops at a line once on the way forward and once on the way back", () => {
    const { stops } = seen.stopping;
    expect(stops.map((s) => s.line)).toEqual([seen.lines["const h"], seen.lines["const h"]]);
    const [forward, backward] = stops;
    expect(forward.variables).toEqual({ x });
    expect(backward.variables.h).toBeCloseTo(h, 14);
    expect(backward.variables.y).toBeCloseTo(y, 14);
    expect(backward.variables.z).toBeCloseTo(y * w, 14);
    expect(backward.variables.y_bar).toBeCloseTo(yBar, 14);
    expect(backward.variables.h_bar).toBeCloseTo(hBar, 14);
    expect(backward.sourceColumn).toBeGreaterThan(forward.sourceColumn);
  });

  it("steps along the user's lines, there and back", () => {
    const lines = seen.stepping.stops.map((s) => s.line).filter((line, i, all) => line !== all[i - 1]);
    const [first, second, third, last] = ["const h", "const y", "const z", "return np.sin(z)"].map(
      (part) => seen.lines[part],
    );
    expect(lines).toEqual([first, second, third, last, third, second, first]);
  });

  it("stops in the bodies of loops, at each step", () => {
    const { stops, source } = seen.loop;
    expect(stops.map((s) => s.line)).toEqual(new Array(6).fill(seen.lines["const wave"]));
    const carries = [x, 2 * Math.sin(x), 2 * Math.sin(2 * Math.sin(x))];
    stops.slice(0, 3).forEach(({ variables }, i) => expect(variables.carry).toBeCloseTo(carries[i], 14));
    // Backwards from the last: the derivative of a step is 2 cos(carry).
    expect(stops[4].variables.wave_bar).toBeCloseTo(4 * Math.cos(carries[2]), 14);
    expect(source).toMatch(/ wave_bar = .*model\.ts:\d+ backward/);
  });

  it("stops in functions that are cut into parts", () => {
    expect(seen.long.source).toContain("function part1$()");
    expect(seen.long.stops.map((s) => s.line)).toEqual([seen.lines["const part"]]);
    expect(seen.long.names).toEqual(expect.arrayContaining(["part", "sum"]));
  });

  it("computes what is computed otherwise", () => {
    for (const { value, plain } of [seen.stopping, seen.stepping, seen.loop, seen.long])
      expect(value).toBe(plain);
  });
});
