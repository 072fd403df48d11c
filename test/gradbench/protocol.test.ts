/** @file The tool's answers to GradBench's messages: as functions, and as a process. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { evals } from "../../bench/gradbench/lib/evals.ts";
import { respond } from "../../bench/gradbench/lib/protocol.ts";
import { root } from "../util/source-graph.ts";

interface Answer {
  readonly id: unknown;
  readonly tool?: string;
  readonly config?: unknown;
  readonly success?: boolean;
  readonly error?: string;
  readonly output?: unknown;
  readonly timings?: readonly { readonly name: string; readonly nanoseconds: number }[];
}

const ask = (message: unknown): Answer =>
  JSON.parse(respond(JSON.stringify(message), { mode: "js", config: { mode: "js" } })) as Answer;

describe("messages", () => {
  it("start names the tool and its configuration", () => {
    const answer = ask({ id: 0, kind: "start", eval: "hello" });
    expect(answer).toEqual({ id: 0, tool: "adjoint", config: { mode: "js" } });
  });

  it("define knows the twelve evals", () => {
    expect(evals.size).toBe(12);
    for (const module of evals.keys())
      expect(ask({ id: 1, kind: "define", module })).toEqual({ id: 1, success: true });
  });

  it("analysis, end and unknown kinds are answered by the id", () => {
    expect(ask({ id: 7, kind: "analysis", of: 3, valid: true })).toEqual({ id: 7 });
    expect(ask({ id: 8, kind: "end" })).toEqual({ id: 8 });
    expect(ask({ id: 9 })).toEqual({ id: 9 });
  });

  it("evaluate gives the output and a timing for each run", () => {
    const answer = ask({ id: 2, kind: "evaluate", module: "hello", function: "square", input: 3 });
    expect(answer).toMatchObject({ id: 2, success: true, output: 9 });
    expect(answer.timings).toHaveLength(1);
  });

  it("evaluate runs as often as is asked", () => {
    const lse = (input: object): Answer =>
      ask({ id: 3, kind: "evaluate", module: "lse", function: "primal", input: { x: [0, 0], ...input } });
    const runs = lse({ min_runs: 5, min_seconds: 0 });
    expect(runs.output).toBe(Math.log(2));
    expect(runs.timings).toHaveLength(5);
    for (const { name, nanoseconds } of runs.timings!) {
      expect(name).toBe("evaluate");
      expect(Number.isInteger(nanoseconds) && nanoseconds > 0).toBe(true);
    }
    const seconds = lse({ min_runs: 1, min_seconds: 0.02 }).timings!;
    expect(seconds.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0)).toBeGreaterThanOrEqual(2e7);
  });
});

describe("errors", () => {
  const expectFailure = (answer: Answer, id: unknown, text: string): void => {
    expect(answer).toMatchObject({ id, success: false });
    expect(answer.error).toContain(text);
  };

  it("name what is unknown", () => {
    expectFailure(ask({ id: 1, kind: "define", module: "nothing" }), 1, 'no module "nothing"');
    expectFailure(ask({ id: 2, kind: "define" }), 2, 'no text "module"');
    const evaluate = { kind: "evaluate", module: "hello", input: 1 };
    expectFailure(ask({ id: 3, ...evaluate, function: "cube" }), 3, 'no function "cube"');
    expectFailure(ask({ id: 4, ...evaluate, function: "toString" }), 4, 'no function "toString"');
  });

  it("tell what went wrong in an evaluation", () => {
    const evaluate = { kind: "evaluate", module: "llsq", function: "primal" };
    expectFailure(ask({ id: 1, ...evaluate, input: { n: 4 } }), 1, "Error");
    expectFailure(ask({ id: 2, ...evaluate, input: null }), 2, "Error");
    expectFailure(ask({ id: 3, ...evaluate }), 3, "Error");
  });

  it("answer lines that are not messages", () => {
    const options = { mode: "js" } as const;
    expectFailure(JSON.parse(respond("{", options)) as Answer, null, "JSON");
    expectFailure(JSON.parse(respond("[1]", options)) as Answer, null, "not a JSON object");
  });
});

it("is a process that answers line by line and ends with its input", () => {
  const messages = [
    { id: 0, kind: "start", eval: "hello" },
    { id: 1, kind: "define", module: "hello" },
    { id: 2, kind: "evaluate", module: "hello", function: "double", input: 8 },
    { id: 3, kind: "analysis", of: 2, valid: true },
    { id: 4, kind: "evaluate", module: "unknown", function: "double", input: 8 },
  ];
  const { status, stdout } = spawnSync(
    process.execPath,
    ["--import", "tsx", join(root, "bench/gradbench/main.ts"), "--mode", "js"],
    { cwd: root, input: `${messages.map((m) => JSON.stringify(m)).join("\n")}\n`, encoding: "utf8" },
  );
  expect(status).toBe(0);
  const answers = stdout.trim().split("\n");
  expect(answers.map((line) => (JSON.parse(line) as Answer).id)).toEqual([0, 1, 2, 3, 4]);
  expect(JSON.parse(answers[2])).toMatchObject({ success: true, output: 16 });
  expect(JSON.parse(answers[4])).toMatchObject({ success: false });
});
