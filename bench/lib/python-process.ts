/**
 * @file The process of Python that times programs on XLA and of NumPy and SciPy (bench/children/peers.py), started when it is
 * first wanted. Its Python is that of ADJOINT_PYTHON, or python3. Those who want what it has not are told why.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** An array as it is sent: type, shape, bytes in base64. */
export type Sent = readonly [dtype: string, shape: readonly number[], data: string];

/** What the process is asked for, and what it answers. */
interface Requests {
  /** Compiles a program, and runs it once. `read` lists the results that a timed call reads; null for all. */
  compile: [
    { program: number; text: string; args: readonly Sent[]; read: readonly number[] | null },
    Record<string, never>,
  ];
  /** A program of bench/children/jax_programs.py, or numpy_programs.py, likewise. */
  jax: Requests["numpy"];
  numpy: [
    { program: number; name: string; args: readonly Sent[]; read: readonly number[] | null },
    Record<string, never>,
  ];
  values: [{ program: number }, { readonly values: readonly (readonly [dtype: string, data: string])[] }];
  /** Nanoseconds of so many calls, or of compiling it so often, and the sum that one call gives. */
  time: [
    { program: number; calls: number; compiling: boolean },
    { readonly ns: number; readonly sum: number },
  ];
  /** Forgets all programs, and lets this process run on any core again. */
  release: [Record<string, never>, Record<string, never>];
}

type Answer = Readonly<Record<string, unknown>>;

/** What Python may have: the name of a module, and how it is called here. */
const libraries = { jax: "JAX", numpy: "NumPy", scipy: "SciPy" } as const;
export type Library = keyof typeof libraries;

/** Why somebody does not take part. */
export const without = (library: Library): string => `no Python with ${libraries[library]}`;

/** There is no Python. */
const none = "no Python";

/** As many threads as a library has, unless it is told: one. */
const oneThread = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

export class PythonProcess {
  readonly #child: ChildProcess;
  readonly #waiting: { done: (answer: Answer) => void; fail: (e: Error) => void }[] = [];
  readonly #gone: Promise<void>;
  #words = "";
  #end: string | null = null;
  #versions: Partial<Readonly<Record<Library, string>>> = {};
  #where = "";

  private constructor(command: string) {
    const script = fileURLToPath(new URL("../children/peers.py", import.meta.url));
    this.#child = spawn(command, ["-u", script, String(process.pid)], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...oneThread },
    });
    const { stdin, stdout, stderr } = this.#child;
    // A process that is gone cannot be written to: its end tells.
    stdin?.on("error", () => {});
    stderr
      ?.setEncoding("utf8")
      .on("data", (text: string) => (this.#words = (this.#words + text).slice(-4000)));
    if (stdout !== null)
      createInterface({ input: stdout }).on("line", (line) =>
        this.#waiting.shift()?.done(JSON.parse(line) as Answer),
      );
    this.#gone = new Promise((done) => {
      const end = (why: string): void => {
        this.#end = why;
        for (const { fail } of this.#waiting.splice(0)) fail(new Error(`Python: ${why}\n${this.#words}`));
        done();
      };
      this.#child.once("error", (e) => end(e.message));
      this.#child.once("close", (code, signal) =>
        end(`Python ended with ${signal ?? `code ${String(code)}`}`),
      );
    });
  }

  /** @returns why there is none, if there is none */
  static async start(command = process.env.ADJOINT_PYTHON ?? "python3"): Promise<PythonProcess | string> {
    const started = new PythonProcess(command);
    try {
      const { versions, core } = await started.#answer();
      started.#versions = versions as Partial<Record<Library, string>>;
      started.#where = typeof core === "number" ? "on the core of Node" : "on any core";
      return started;
    } catch (e) {
      if (/ENOENT|EACCES/.test(started.#end ?? "")) return none;
      return `Python did not start: ${e instanceof Error ? e.message : String(e)}`;
    }
  }

  has(library: Library): boolean {
    return this.#versions[library] !== undefined;
  }

  /** What there is of XLA, or of NumPy and SciPy, and where it runs; null if there is nothing. */
  description(of: "XLA" | "NumPy"): string | null {
    const { jax, numpy, scipy } = this.#versions;
    const found =
      of === "XLA" ? [jax && `XLA of JAX ${jax}`] : [numpy && `NumPy ${numpy}`, scipy && `SciPy ${scipy}`];
    const names = found.filter((name) => name !== undefined);
    return names.length === 0 ? null : `${names.join(", ")}, one thread ${this.#where}`;
  }

  get isOpen(): boolean {
    return this.#end === null;
  }

  #answer(): Promise<Answer> {
    return new Promise((done, fail) => {
      if (this.#end === null) this.#waiting.push({ done, fail });
      else fail(new Error(`Python: ${this.#end}\n${this.#words}`));
    });
  }

  /** @throws Error what XLA says, or that the process is gone */
  async request<Op extends keyof Requests>(op: Op, what: Requests[Op][0]): Promise<Requests[Op][1]> {
    const answer = this.#answer();
    this.#child.stdin?.write(`${JSON.stringify({ op, ...what })}\n`);
    const found = await answer;
    if (typeof found.error === "string") throw new Error(`Python: ${found.error}`);
    return found as Requests[Op][1];
  }

  /** Ends it. */
  async close(): Promise<void> {
    this.#child.stdin?.end();
    await this.#gone;
  }
}

/** Program numbers of the process. */
let programs = 0;
export const newProgram = (): number => programs++;

let current: Promise<PythonProcess | string> | null = null;

/** The process of this program, started anew if it is gone, if it has some library; or why there is none. */
export async function pythonWith(library: Library): Promise<PythonProcess | string> {
  const known = await current;
  if (known === null || (typeof known !== "string" && !known.isOpen)) current = PythonProcess.start();
  const found = (await current) ?? none;
  if (found === none || (typeof found !== "string" && !found.has(library))) return without(library);
  return found;
}

/** Once a workload is over: forgets its programs, and lets Node run anywhere. */
export async function releasePython(): Promise<void> {
  const known = await current;
  if (known instanceof PythonProcess && known.isOpen) await known.request("release", {});
}

/** What ran in Python, if anything did, and where. */
export async function pythonDescription(): Promise<Readonly<Record<string, string>>> {
  const known = await current;
  if (!(known instanceof PythonProcess)) return {};
  const [xla, numpy] = [known.description("XLA"), known.description("NumPy")];
  return { ...(xla === null ? {} : { xla }), ...(numpy === null ? {} : { numpy }) };
}

/** Ends the process, if there is one; otherwise it would keep this one alive. */
export async function closePython(): Promise<void> {
  const known = await current;
  if (known instanceof PythonProcess) await known.close();
}
