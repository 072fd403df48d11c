/** @file What goes wrong is a typed error, in time, and no process is left behind. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, vi } from "vitest";
import { type Array as NDArray, errors, lax, numpy as np, sharding } from "../../src/index.ts";
import { type Xla, XlaError, type XlaFailure, connect } from "../../src/xla/index.ts";
import { itWithJax, limit, python } from "./session.ts";

const { P, makeMesh } = sharding;
const root = resolve(import.meta.dirname, "../..");

/** The reason of the error that a promise is rejected with, and its text. */
async function failure(promise: Promise<unknown>): Promise<readonly [XlaFailure, string]> {
  const e: unknown = await promise.then(
    () => null,
    (e: unknown) => e,
  );
  if (!(e instanceof XlaError)) throw new Error(`expected an XlaError; got ${String(e)}`);
  return [e.reason, e.detail];
}

/** The processes that run the script for a session of this program, by the text in their command line. */
function workers(parent = process.pid): number[] {
  const { stdout } = spawnSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" });
  return stdout
    .split("\n")
    .filter((line) => line.includes("xla_worker.py") && Number(line.trim().split(/\s+/)[1]) === parent)
    .map((line) => Number(line.trim().split(/\s+/)[0]));
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Waits until processes are gone. */
async function gone(pids: readonly number[]): Promise<void> {
  await expect.poll(() => pids.filter(isAlive), { timeout: 20_000 }).toEqual([]);
}

/** Never ends. */
const forever = `module { func.func public @main(%x: tensor<f32>) -> tensor<f32> {
  %0 = stablehlo.while(%a = %x) : tensor<f32> cond {
    %1 = stablehlo.compare EQ, %a, %a : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %a, %x : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }
  return %0 : tensor<f32>
} }`;
const twice = `module { func.func public @main(%x: tensor<f32>) -> tensor<f32> {
  %0 = stablehlo.add %x, %x : tensor<f32>
  return %0 : tensor<f32>
} }`;

const cpu = { python, platform: "cpu" } as const;
const float = np.array(1, "float32");

it("a Python that is not there", async () => {
  expect(await failure(connect({ python: "no-such-python" }))).toEqual([
    "missing",
    expect.stringMatching(/no Python "no-such-python".*pip install jax/s),
  ]);
});

it("a Python that ends at once", async () => {
  const [reason, text] = await failure(connect({ python: process.execPath }));
  expect(reason).toBe("start");
  expect(text).toContain("did not start");
});

const hasPython = spawnSync(python, ["-c", "0"]).status === 0;
it.runIf(hasPython)("a Python without JAX", async () => {
  const folder = mkdtempSync(join(tmpdir(), "adjoint-xla-"));
  writeFileSync(join(folder, "jax.py"), "raise ImportError('no such module')");
  vi.stubEnv("PYTHONPATH", folder);
  const [reason, text] = await failure(connect({ python }));
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  expect([reason, text]).toEqual(["missing", expect.stringMatching(/has no JAX.*pip install jax/s)]);
});

it("options outside their values", async () => {
  const wrong = <T>(x: unknown): T => x as T;
  for (const [options, text] of [
    [{ pyhton: "x" }, "did you mean 'python'"],
    [{ devices: 0 }, "devices"],
    [{ platform: "abacus" }, '"cpu", "gpu", "tpu"'],
    [{ processes: 0 }, "there must be a process"],
    [{ token: "short" }, "16 characters"],
    [{ timeouts: { connect: 0 } }, "timeouts.connect"],
    [{ processes: 2, host: "0.0.0.0" }, "coordinator"],
    [{ coordinator: "here" }, "HOST:PORT"],
  ] as const)
    await expect(connect(wrong(options))).rejects.toThrow(text);
});

itWithJax("a time limit while processes start", { timeout: limit }, async () => {
  const [reason] = await failure(connect({ ...cpu, timeouts: { connect: 50 } }));
  expect(reason).toBe("timeout");
  await gone(workers());
});

itWithJax("fewer devices than asked for", { timeout: limit }, async () => {
  const before = workers();
  await using xla = await connect({ ...cpu, devices: 2 });
  const options = { mesh: makeMesh([4], ["data"]), inShardings: P("data") };
  const [reason, text] = await failure(xla.compile((x: NDArray) => x, [np.ones([4])], options));
  expect([reason, text]).toEqual(["devices", expect.stringContaining("4 devices, the session 2")]);
  expect(before).toEqual([]);
});

itWithJax("programs that are not valid, and arguments that do not fit", { timeout: limit }, async () => {
  await using xla = await connect(cpu);
  expect(await failure(xla.compileText("module {"))).toEqual([
    "program",
    expect.stringContaining("not valid"),
  ]);
  expect(await failure(xla.run("module {}", []))).toEqual([
    "program",
    expect.stringContaining("no function main"),
  ]);
  expect(await failure(xla.run(twice, [np.ones([2])]))).toEqual([
    "program",
    expect.stringContaining("main takes"),
  ]);
  const unknownCall = twice.replace(
    "stablehlo.add %x, %x : tensor<f32>",
    "stablehlo.custom_call @no_such_target(%x) : (tensor<f32>) -> tensor<f32>",
  );
  expect((await failure(xla.run(unknownCall, [float])))[0]).toBe("run");
  expect((await failure(xla.compileText(unknownCall)))[0]).toBe("compile");
  const f = await xla.compile((x: NDArray) => np.sin(x), [np.ones([3])]);
  await expect(f(np.ones([4]))).rejects.toThrow(errors.ShapeError);
  await expect(f(np.ones([3], "float32"))).rejects.toThrow(errors.DTypeError);
  // Nothing of this ends the session, and every program is answered for itself.
  const asked = Array.from({ length: 40 }, (_, i) =>
    xla.run(i % 4 === 1 ? "nonsense" : twice, [np.array(i, "float32")]),
  );
  const settled = await Promise.allSettled(asked);
  expect(settled.map((s) => (s.status === "fulfilled" ? s.value[0].item() : -1))).toEqual(
    settled.map((_, i) => (i % 4 === 1 ? -1 : 2 * i)),
  );
});

itWithJax("a process that is killed while it computes", { timeout: limit }, async () => {
  await using xla = await connect(cpu);
  const [pid] = workers();
  const f = await xla.compileText(forever);
  const running = f(float).then(async ([x]) => x.data());
  setTimeout(() => process.kill(pid, "SIGKILL"), 500);
  expect((await failure(running))[0]).toBe("lost");
  expect((await failure(f(float)))[0]).toBe("lost");
  expect(xla.isOpen).toBe(false);
  await gone([pid]);
});

itWithJax("an answer that takes too long", { timeout: limit }, async () => {
  await using xla = await connect({ ...cpu, timeouts: { request: 4000 } });
  const pids = workers();
  const f = await xla.compileText(forever);
  expect((await failure(f(float).then(async ([x]) => x.data())))[0]).toBe("timeout");
  await gone(pids);
});

itWithJax("a worker that is lost", { timeout: limit }, async () => {
  await using xla = await connect({ ...cpu, processes: 2, devices: 1 });
  const pids = workers();
  expect(pids.length).toBe(2);
  const mesh = makeMesh([2], ["data"]);
  const f = await xla.compile((x: NDArray) => x.sum(), [np.ones([2])], { mesh, inShardings: P("data") });
  process.kill(pids[1], "SIGKILL");
  const calls = async (): Promise<void> => {
    for (;;) await f(np.ones([2]));
  };
  expect((await failure(calls()))[0]).toBe("lost");
  await gone(pids);
});

itWithJax("a session that is closed", { timeout: limit }, async () => {
  const xla: Xla = await connect(cpu);
  const pids = workers();
  const x = await xla.put(np.ones([2]));
  await xla.close();
  expect((await failure(x.data()))[0]).toBe("closed");
  await xla.close();
  expect(pids.length).toBe(1);
  await gone(pids);
});

/** A program that opens a session, says the number of its process, and then does as it is told. */
const program = (then: string): string => `
  import { connect } from ${JSON.stringify(join(root, "src/xla/index.ts"))};
  import { numpy as np } from ${JSON.stringify(join(root, "src/index.ts"))};
  const run = async () => {
    const xla = await connect({ python: ${JSON.stringify(python)}, platform: "cpu" });
    const f = await xla.compileText(${JSON.stringify(forever)});
    f(np.array(1, "float32")).then(([x]) => x.data()).catch(() => {});
    console.log("ready");
    ${then}
  };
  void run();`;

itWithJax.each([
  ["is killed", "setInterval(() => {}, 1000);", true],
  ["exits", "setTimeout(() => process.exit(0), 300);", false],
  ["throws", "setTimeout(() => { throw new Error('on purpose'); }, 300);", false],
])("a leader that %s leaves no process", { timeout: limit }, async (_, then, kill) => {
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program(then)], {
    cwd: root,
  });
  const ended = new Promise((done) => child.once("exit", done));
  await new Promise<void>((done) => {
    child.stdout.on("data", (text: Buffer) => {
      if (String(text).includes("ready")) done();
    });
  });
  const pids = workers(child.pid);
  expect(pids.length).toBe(1);
  if (kill) child.kill("SIGKILL");
  await ended;
  await gone(pids);
});

itWithJax("a program that forgets its session ends all the same", { timeout: limit }, async () => {
  const text = program("").replace(/f\(np.*\n/, "");
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", text], {
    cwd: root,
  });
  expect(await new Promise((done) => child.once("exit", done))).toBe(0);
});

itWithJax("strangers are not let in", { timeout: limit }, async () => {
  const lines: string[] = [];
  const waiting = connect({
    ...cpu,
    processes: 0,
    workers: 1,
    log: (text) => lines.push(text),
    timeouts: { connect: 8000 },
  });
  const refused = failure(waiting);
  await expect.poll(() => lines.join("")).toContain("xla-worker");
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(lines.join(""))![1]);
  // Garbage, a long header, and a process with another token.
  for (const bytes of ["GET / HTTP/1.1\r\n\r\n", "\xff\xff\xff\xff", "\x02\x00\x00\x00{}"]) {
    const socket = dial(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.resume();
    socket.write(Buffer.from(bytes, "latin1"));
    await new Promise((done) => socket.once("close", done));
  }
  const script = join(root, "src/xla/xla_worker.py");
  const env = { ...process.env, ADJOINT_XLA_TOKEN: "0123456789abcdef0123" };
  const stranger = spawn(python, ["-B", script, `127.0.0.1:${port}`], { env });
  expect(await new Promise((done) => stranger.once("exit", done))).not.toBe(0);
  expect((await refused)[0]).toBe("timeout");
});

itWithJax("a process that another command starts joins", { timeout: limit }, async () => {
  const lines: string[] = [];
  const waiting = connect({ ...cpu, devices: 1, workers: 1, log: (text) => lines.push(text) });
  await expect.poll(() => lines.join("")).toContain("xla-worker");
  const [, token, address] = /ADJOINT_XLA_TOKEN=(\S+) npx adjoint xla-worker (\S+)/.exec(lines.join(""))!;
  const cli = [
    "--import",
    "tsx",
    join(root, "src/aot/build/cli.ts"),
    "xla-worker",
    address,
    "--python",
    python,
  ];
  const worker = spawn(process.execPath, cli, {
    cwd: root,
    env: { ...process.env, ADJOINT_XLA_TOKEN: token },
  });
  const ended = new Promise((done) => worker.once("exit", done));
  const xla = await waiting;
  expect(xla.devices.map((d) => d.process).sort()).toContain(1);
  const mesh = makeMesh([xla.devices.length], ["data"]);
  const total = await xla.compile(
    (x: NDArray) => lax.withShardingConstraint<NDArray>(x, P("data")).sum(),
    [np.ones([8])],
    { mesh },
  );
  expect((await (await total(np.arange(8, { dtype: "float64" }))).data()).item()).toBe(28);
  await xla.close();
  expect(await ended).toBe(0);
});
