/**
 * @file A session: the processes that run XLA, and requests to them.
 *
 * Each request goes to every process, in the same order, since together they run one program; its answer is there when all
 * have answered. Nothing waits for ever: a process that is gone, a limit of time, and processes that disagree end the session,
 * and with it every request that is not answered. Timers alone keep the program alive, and only while a request waits.
 */
import type { Channel, Frame, Header } from "./channel.ts";
import { XlaError, type XlaFailure } from "./errors.ts";
import type { LocalProcess } from "./host.ts";

/** What answers a request: the frames of all processes. */
type Answers = readonly Frame[];

interface Pending {
  readonly what: string;
  readonly answers: (Frame | undefined)[];
  left: number;
  readonly resolve: (answers: Answers) => void;
  readonly reject: (e: XlaError) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** The longest delay of a timer. */
const longest = 2 ** 31 - 1;
/** When one process has failed, the others have so long to say the same: else they wait for it. */
const grace = 5000;
/** When asked to go, processes have so long. */
const farewell = 2000;

const failures: readonly string[] = ["missing", "start", "devices", "program", "compile", "run"];
const isFailure = (x: unknown): x is XlaFailure => failures.includes(x as string);

/** The error in an answer, or null. */
function errorIn({ header }: Frame, what: string): XlaError | null {
  const { error, kind } = header;
  if (error === undefined) return null;
  return new XlaError(isFailure(kind) ? kind : "run", `${what}: ${String(error)}`);
}

/** Processes, and what they are asked. */
export class Session {
  readonly #channels: Channel[] = [];
  readonly #pending = new Map<number, Pending>();
  readonly #locals: readonly LocalProcess[];
  readonly #limit: number;
  readonly #release: () => void;
  #next = 1;
  #ended: XlaError | null = null;
  /** Numbers of arrays and programs that nobody needs any more. */
  #free: number[] = [];
  #forget: number[] = [];

  /** @param limit milliseconds that an answer may take; `release` is called when the session ends */
  constructor(locals: readonly LocalProcess[], limit: number, release: () => void) {
    this.#locals = locals;
    this.#limit = limit;
    this.#release = release;
  }

  get isOpen(): boolean {
    return this.#ended === null;
  }

  /** A number that no array or program of the session has. */
  number(): number {
    return this.#next++;
  }

  /** Adds a process; its number is its place among those added. */
  add(channel: Channel): void {
    this.#channels.push(channel);
  }

  /** What a process says. */
  answer(process: number, frame: Frame): void {
    const pending = this.#pending.get(frame.header.id as number);
    if (pending === undefined || pending.answers[process] !== undefined) return;
    pending.answers[process] = frame;
    pending.left--;
    const failed = errorIn(frame, pending.what);
    if (pending.left === 0) this.#finish(frame.header.id as number, pending);
    else if (failed !== null) {
      clearTimeout(pending.timer);
      pending.timer = setTimeout(() => {
        this.end(failed);
      }, grace);
    }
  }

  #finish(id: number, pending: Pending): void {
    clearTimeout(pending.timer);
    this.#pending.delete(id);
    const answers = pending.answers as Answers;
    const failed = answers.map((frame) => errorIn(frame, pending.what)).find((e) => e !== null);
    if (failed === undefined) pending.resolve(answers);
    else pending.reject(failed);
  }

  /**
   * Asks all processes; `header` may differ among them.
   * @throws XlaError what a process answers, or that one is gone, or that the time is over
   */
  async request(
    what: string,
    header: Header | ((process: number) => Header),
    buffers: readonly Uint8Array[] = [],
    limit = this.#limit,
  ): Promise<Answers> {
    if (this.#ended !== null) throw new XlaError(this.#ended.reason, this.#ended.detail);
    const id = this.number();
    const answered = new Promise<Answers>((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.end(new XlaError("timeout", `${what}: no answer in ${limit} ms; the session was ended.`));
        },
        Math.min(limit, longest),
      );
      const answers = new Array<Frame | undefined>(this.#channels.length).fill(undefined);
      this.#pending.set(id, { what, answers, left: answers.length, resolve, reject, timer });
    });
    this.#send(id, header, buffers);
    return answered;
  }

  #send(id: number, header: Header | ((process: number) => Header), buffers: readonly Uint8Array[]): void {
    const also = { id, free: this.#free, forget: this.#forget };
    this.#free = [];
    this.#forget = [];
    this.#channels.forEach((channel, process) => {
      channel.send({ ...(typeof header === "function" ? header(process) : header), ...also }, buffers);
    });
  }

  /** Lets go of an array, or of a program: told with the next request, or soon. */
  free(array: number | null, program: number | null = null): void {
    if (this.#ended !== null) return;
    const isFirst = this.#free.length + this.#forget.length === 0;
    if (array !== null) this.#free.push(array);
    if (program !== null) this.#forget.push(program);
    if (!isFirst) return;
    queueMicrotask(() => {
      if (this.#ended === null && this.#free.length + this.#forget.length > 0)
        this.#send(this.number(), { op: "sync", arrays: [] }, []);
    });
  }

  /** Ends the session because of an error: every request fails with it, every process that was started here is killed. */
  end(error: XlaError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    for (const { timer, reject } of this.#pending.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#pending.clear();
    for (const channel of this.#channels) channel.close();
    for (const local of this.#locals) local.kill("SIGKILL");
    this.#release();
  }

  /** Asks the processes to go, and waits until those that were started here are gone. */
  async close(): Promise<void> {
    const wasOpen = this.#ended === null;
    if (wasOpen) {
      for (const channel of this.#channels) channel.send({ op: "exit" });
      let timer: ReturnType<typeof setTimeout> | undefined;
      this.#ended = new XlaError("closed", "the session is closed.");
      const late = new Promise<void>((done) => {
        timer = setTimeout(done, farewell);
      });
      await Promise.race([late, Promise.all(this.#locals.map((local) => local.ended))]);
      clearTimeout(timer);
      const error = this.#ended;
      this.#ended = null;
      this.end(error);
    }
    await withTimer(Promise.all(this.#locals.map((local) => local.ended)));
  }
}

/** Waits with a timer, without which the program could end before. */
async function withTimer(waited: Promise<unknown>): Promise<void> {
  const timer = setInterval(() => undefined, farewell);
  await waited;
  clearInterval(timer);
}
