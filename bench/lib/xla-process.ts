/**
 * @file The process of Python that times programs on XLA (bench/children/xla.py), started when it is first wanted. Its Python
 * is that of ADJOINT_PYTHON, or python3; without JAX there is none, and those who want it are told.
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

/** Why there is none. */
export const noPython = "no Python with JAX";

export class XlaProcess {
  readonly #child: ChildProcess;
  readonly #waiting: { done: (answer: Answer) => void; fail: (e: Error) => void }[] = [];
  readonly #gone: Promise<void>;
  #words = "";
  #end: string | null = null;
  #description = "";

  private constructor(command: string) {
    const script = fileURLToPath(new URL("../children/xla.py", import.meta.url));
    this.#child = spawn(command, ["-u", script, String(process.pid)], { stdio: ["pipe", "pipe", "pipe"] });
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
        for (const { fail } of this.#waiting.splice(0)) fail(new Error(`XLA: ${why}\n${this.#words}`));
        done();
      };
      this.#child.once("error", (e) => end(e.message));
      this.#child.once("close", (code, signal) =>
        end(`Python ended with ${signal ?? `code ${String(code)}`}`),
      );
    });
  }

  /** @returns why there is none, if there is none */
  static async start(command = process.env.ADJOINT_PYTHON ?? "python3"): Promise<XlaProcess | string> {
    const started = new XlaProcess(command);
    try {
      const { jax, core } = await started.#answer();
      if (typeof jax !== "string") {
        await started.close();
        return noPython;
      }
      const where = typeof core === "number" ? "on the core of Node" : "on any core";
      started.#description = `XLA of JAX ${jax}, one thread ${where}`;
      return started;
    } catch (e) {
      if (/ENOENT|EACCES/.test(started.#end ?? "")) return noPython;
      return `Python with JAX did not start: ${e instanceof Error ? e.message : String(e)}`;
    }
  }

  /** What it is, and where it runs. */
  get description(): string {
    return this.#description;
  }

  get isOpen(): boolean {
    return this.#end === null;
  }

  #answer(): Promise<Answer> {
    return new Promise((done, fail) => {
      if (this.#end === null) this.#waiting.push({ done, fail });
      else fail(new Error(`XLA: ${this.#end}\n${this.#words}`));
    });
  }

  /** @throws Error what XLA says, or that the process is gone */
  async request<Op extends keyof Requests>(op: Op, what: Requests[Op][0]): Promise<Requests[Op][1]> {
    const answer = this.#answer();
    this.#child.stdin?.write(`${JSON.stringify({ op, ...what })}\n`);
    const found = await answer;
    if (typeof found.error === "string") throw new Error(`XLA: ${found.error}`);
    return found as Requests[Op][1];
  }

  /** Ends it. */
  async close(): Promise<void> {
    this.#child.stdin?.end();
    await this.#gone;
  }
}

let current: Promise<XlaProcess | string> | null = null;

/** The process of this program, started anew if it is gone; or why there is none. */
export async function xlaProcess(): Promise<XlaProcess | string> {
  const known = await current;
  if (known === null || (typeof known !== "string" && !known.isOpen)) current = XlaProcess.start();
  return (await current) ?? noPython;
}

/** Once a workload is over: forgets its programs, and lets Node run anywhere. */
export async function releaseXla(): Promise<void> {
  const known = await current;
  if (known instanceof XlaProcess && known.isOpen) await known.request("release", {});
}

/** What XLA ran on, if anything did. */
export async function xlaDescription(): Promise<string | null> {
  const known = await current;
  return known instanceof XlaProcess ? known.description : null;
}

/** Ends the process, if there is one; otherwise it would keep this one alive. */
export async function closeXla(): Promise<void> {
  const known = await current;
  if (known instanceof XlaProcess) await known.close();
}
