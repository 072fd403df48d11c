/** @file A profile as table, picture and trace. */
import { beforeAll, describe, expect, it } from "vitest";
import { init } from "../../src/api/compile/init.ts";
import { jit, namedScope, numpy as np, profile, type Array, type Profile } from "../../src/index.ts";
import { bytesText, countText, cut, plural, shareText, shortSite, timeText } from "../../src/profile/text.ts";

let p: Profile<number>;
beforeAll(async () => {
  await init();
  const f = jit(function model(x: Array) {
    return namedScope("a<b>&c", () => np.sum(np.sin(np.matmul(x, x)), 0));
  });
  const g = jit((x: Array) => np.sort(x).add(1), { name: "sorted <list>" });
  p = profile(() => {
    for (let i = 0; i < 3; i++) g(f(np.ones([64, 64])));
    return 7;
  });
});

/** Chrome's trace-event format, as its description has it: the fields of each kind, and their types. */
describe("the trace", () => {
  interface Event {
    readonly [key: string]: unknown;
    readonly name: string;
    readonly ph: string;
    readonly ts: number;
    readonly dur: number;
    readonly tid: number;
  }
  const events = (): Event[] => (JSON.parse(p.trace()) as { traceEvents: Event[] }).traceEvents;

  it("is JSON of the object form, with events of known kinds", () => {
    const file = JSON.parse(p.trace()) as Record<string, unknown>;
    expect(["ms", "ns"]).toContain(file.displayTimeUnit);
    expect(events().length).toBeGreaterThan(10);
    for (const e of events()) {
      expect(typeof e.name).toBe("string");
      expect(e.name.length).toBeGreaterThan(0);
      for (const key of ["ts", "pid", "tid"]) {
        expect(Number.isFinite(e[key])).toBe(true);
        expect(e[key] as number).toBeGreaterThanOrEqual(0);
      }
      expect(Number.isInteger(e.pid) && Number.isInteger(e.tid)).toBe(true);
      expect(typeof e.args).toBe("object");
      if (e.ph === "X") {
        expect(Number.isFinite(e.dur) && e.dur >= 0).toBe(true);
        expect(typeof e.cat).toBe("string");
      } else {
        expect(e.ph).toBe("M");
        expect(["process_name", "thread_name"]).toContain(e.name);
        expect(typeof (e.args as { name: unknown }).name).toBe("string");
      }
    }
  });

  it("nests: of two events of one track, one contains the other or they are apart", () => {
    const rounding = 0.002;
    for (const tid of new Set(events().map((e) => e.tid))) {
      const open: Event[] = [];
      for (const e of events().filter((x) => x.ph === "X" && x.tid === tid)) {
        while (open.length > 0 && open[open.length - 1].ts + open[open.length - 1].dur <= e.ts + rounding)
          open.pop();
        const around = open.at(-1);
        if (around !== undefined) expect(e.ts + e.dur).toBeLessThanOrEqual(around.ts + around.dur + rounding);
        open.push(e);
      }
    }
  });

  it("has each call of each kernel, with what it does", () => {
    const calls = events().filter(
      (e) => e.cat === "kernel" && (e.args as { program: string }).program === "model",
    );
    expect(calls.length % 3).toBe(0);
    const products = calls.filter((e) => (e.args as { flops: number }).flops >= 2 * 64 ** 3);
    expect(products.length).toBe(3);
    expect(events().some((e) => e.cat === "program" && e.name === "sorted <list>")).toBe(true);
    expect(events().filter((e) => e.cat === "compilation").length).toBe(p.compilations.length);
  });
});

/** True if tags are closed in order, attributes are quoted, and no ampersand or bracket stands alone. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  const tag = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g;
  let at = 0;
  const isText = (text: string): boolean => !/[<>]/.test(text) && !/&(?!(?:amp|lt|gt|quot);)/.test(text);
  for (const m of xml.matchAll(tag)) {
    if (!isText(xml.slice(at, m.index)) || !isText(m[3])) return false;
    at = m.index + m[0].length;
    if (m[1] === "/") {
      if (open.pop() !== m[2]) return false;
    } else if (m[4] === "") open.push(m[2]);
  }
  return open.length === 0 && isText(xml.slice(at));
}

describe("the picture", () => {
  it("is well-formed, for light and dark", () => {
    const svg = p.svg();
    expect(
      isWellFormed("<a><b>&lt;</b></a>") && !isWellFormed("<a><b></a></b>") && !isWellFormed("<a>&</a>"),
    ).toBe(true);
    expect(isWellFormed(svg)).toBe(true);
    expect(svg).toContain("prefers-color-scheme: dark");
    expect(svg).toContain("sorted &lt;list&gt;");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("draws bars of the widths of the times, within the picture", () => {
    const bars = [
      ...p.svg().matchAll(/<title>([^<]*)<\/title><rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g),
    ];
    const widthOf = (name: string): number => Number(bars.find(([, title]) => title.startsWith(name))![4]);
    const whole = widthOf("all");
    const model = p.programs.find((q) => q.name === "model")!;
    const all = Math.max(p.milliseconds, p.running + p.compiling);
    const rest = whole / 912;
    expect(rest).toBeGreaterThan(0.99);
    if (model.milliseconds / all > 0.01)
      expect(widthOf("model (") / whole).toBeCloseTo(model.milliseconds / all, 1);
    for (const [, , x, , w] of bars) expect(Number(x) + Number(w)).toBeLessThanOrEqual(960);
  });

  it("of nothing is a picture, too", () => {
    const empty = profile(() => 1).svg();
    expect(isWellFormed(empty)).toBe(true);
    expect(empty).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe("the table", () => {
  it("has a row for each kernel, compilations with their reasons, memory and the machine", () => {
    const text = p.table();
    for (const k of p.kernels) expect(text).toContain(k.name);
    expect(text).toMatch(/model \(\w+\): the first call; 3 equations/);
    expect(text).toMatch(/matmul|dot_general.*|sin/);
    expect(text).toMatch(/sin in a<b>&c views\.test\.ts:\d+:\d+/);
    expect(text).toMatch(/^memory: \d+ arrays made/m);
    expect(text).toMatch(/^machine: [\d.]+ GFLOP\/s in float64/m);
    expect(String(p)).toBe(text);
    const shares = [...text.matchAll(/^ *([\d.]+) %/gm)].map(([, x]) => Number(x));
    expect(shares.length).toBe(p.kernels.length);
    expect(shares.reduce((a, b) => a + b, 0)).toBeGreaterThan(95);
  });

  it("of nothing says so", () => {
    expect(profile(() => 1).table()).toContain("no program ran");
  });
});

it("numbers are read easily", () => {
  expect([0, 1.5e-6, 0.0123, 12.34, 1234, 65_000].map(timeText)).toEqual([
    "0 ns",
    "1.5 ns",
    "12.3 µs",
    "12.3 ms",
    "1.23 s",
    "65 s",
  ]);
  expect([0, 1023, 1024, 1.5 * 2 ** 20, 2 ** 40].map(bytesText)).toEqual([
    "0 B",
    "1023 B",
    "1 KiB",
    "1.5 MiB",
    "1024 GiB",
  ]);
  expect([5, 999, 1000, 2_500_000, 3e9].map(countText)).toEqual(["5", "999", "1 k", "2.5 M", "3 G"]);
  expect([0, 0.004, 0.0994, 0.0996, 1].map(shareText)).toEqual(["0 %", "0.4 %", "9.9 %", "10 %", "100 %"]);
  expect([plural(1, "call"), plural(2, "call"), plural(2, "loop nest")]).toEqual([
    "1 call",
    "2 calls",
    "2 loop nests",
  ]);
  expect([shortSite("/a/b/c.ts:1:2"), shortSite("C:\\x\\y.ts:3:4")]).toEqual(["c.ts:1:2", "y.ts:3:4"]);
  expect([cut("abc", 3), cut("abcd", 3)]).toEqual(["abc", "ab…"]);
});
