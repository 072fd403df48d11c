/**
 * @file `connect`: starts processes of Python and JAX, waits for those that others start, and makes one session of them.
 *
 * Processes connect to the leader, which listens on the loopback unless told otherwise. Before anything else each side proves
 * that it knows the session's token, which itself is never sent: processes that are started here read it from their input,
 * others have it in their environment.
 */
import { checkOneOf, checkWhole, show } from "../base/checks.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import type { Channel, Frame } from "./channel.ts";
import { XlaError } from "./errors.ts";
import { Gate } from "./gate.ts";
import { type LocalProcess, type Server, freePort, listen, secrets, start } from "./host.ts";
import { Session } from "./session.ts";
import { type XlaDevice, Xla } from "./xla.ts";

/** Time limits, in milliseconds; `Infinity` for none. */
export interface Timeouts {
  /** Until all processes are there and know their devices; 120 000 by default. */
  readonly connect?: number | undefined;
  /** For each answer: a compilation, a transfer, results that are waited for; 600 000 by default. */
  readonly request?: number | undefined;
}

/** Options of `connect`. */
export interface ConnectOptions {
  /** The Python that has JAX: a command or a path. By default that of `ADJOINT_PYTHON` in the environment, or `python3`. */
  readonly python?: string | undefined;
  /** Which devices; by default JAX chooses the best that there are. */
  readonly platform?: "cpu" | "gpu" | "tpu" | undefined;
  /** How many devices each process started here must have. CPUs count as so many. */
  readonly devices?: number | undefined;
  /** How many processes to start here; 1 by default. */
  readonly processes?: number | undefined;
  /** How many more will come from other machines (`adjoint xla-worker`); 0 by default. */
  readonly workers?: number | undefined;
  /** The address to listen on for processes; the loopback, 127.0.0.1, by default. */
  readonly host?: string | undefined;
  /** The port; any by default. */
  readonly port?: number | undefined;
  /**
   * Where JAX's own coordinator listens: an address and a port of the machine of the first process. By default a port of
   * `host`. JAX asks nobody who connects there for a token: it belongs on a trusted network.
   */
  readonly coordinator?: string | undefined;
  /** What workers must know, at least 16 characters. By default that of `ADJOINT_XLA_TOKEN` in the environment, or random. */
  readonly token?: string | undefined;
  readonly timeouts?: Timeouts | undefined;
  /** Gets what the processes print, and, with workers, the command that starts one. */
  readonly log?: ((text: string) => void) | undefined;
}

const known = [
  "python",
  "platform",
  "devices",
  "processes",
  "workers",
  "host",
  "port",
  "coordinator",
  "token",
  "timeouts",
  "log",
];

interface Settings {
  readonly python: string;
  readonly platform: string | null;
  readonly devices: number | null;
  readonly processes: number;
  readonly workers: number;
  readonly host: string;
  readonly port: number;
  readonly coordinator: string | null;
  readonly token: string | null;
  readonly limits: { readonly connect: number; readonly request: number };
  readonly log: (text: string) => void;
}

/** Fewer characters can be guessed. */
const shortestToken = 16;

function checkText(what: string, x: unknown): void {
  if (x !== undefined && (typeof x !== "string" || x === ""))
    throw new ArgumentError(`connect: ${what} must be text; got ${show(x)}.`);
}

function limitOf(timeouts: Timeouts | undefined, name: keyof Timeouts, otherwise: number): number {
  const x = timeouts?.[name] ?? otherwise;
  if (typeof x !== "number" || !(x > 0))
    throw new ArgumentError(`connect: timeouts.${name} is a number of milliseconds above 0; got ${show(x)}.`);
  return x;
}

function settingsOf(options: ConnectOptions): Settings {
  checkOptions("connect", options, known);
  const {
    platform,
    devices,
    processes = 1,
    workers = 0,
    host = "127.0.0.1",
    port = 0,
    coordinator,
    timeouts,
  } = options;
  for (const name of ["python", "host", "coordinator", "token"] as const) checkText(name, options[name]);
  if (platform !== undefined) checkOneOf("connect", "platform", platform, ["cpu", "gpu", "tpu"]);
  if (devices !== undefined) checkWhole("connect", "devices", devices, 1);
  checkWhole("connect", "processes", processes);
  checkWhole("connect", "workers", workers);
  checkWhole("connect", "port", port);
  if (processes + workers < 1)
    throw new ArgumentError("connect: there must be a process: processes and workers are both 0.");
  checkOptions("connect: timeouts", timeouts, ["connect", "request"]);
  const token = options.token ?? process.env.ADJOINT_XLA_TOKEN ?? null;
  if (token !== null && token.length < shortestToken)
    throw new ArgumentError(
      `connect: a token has at least ${shortestToken} characters; got ${token.length}.`,
    );
  if (coordinator !== undefined && !/^.+:\d+$/.test(coordinator))
    throw new ArgumentError(`connect: coordinator is HOST:PORT; got ${show(coordinator)}.`);
  if (
    coordinator === undefined &&
    processes + workers > 1 &&
    (processes === 0 || /^(0\.0\.0\.0|::)$/.test(host))
  )
    throw new ArgumentError(
      "connect: give coordinator, an address and port of the machine of the first process that all others can reach.",
    );
  return {
    python: options.python ?? process.env.ADJOINT_PYTHON ?? "python3",
    platform: platform ?? null,
    devices: devices ?? null,
    processes,
    workers,
    host,
    port,
    coordinator: coordinator ?? null,
    token,
    limits: {
      connect: limitOf(timeouts, "connect", 120_000),
      request: limitOf(timeouts, "request", 600_000),
    },
    log: options.log ?? (workers > 0 ? (text) => process.stderr.write(text) : () => undefined),
  };
}

/** The script that the processes run: beside this module, in the sources as in what is built from them. */
export async function workerScript(): Promise<string> {
  const { fileURLToPath } = await import("node:url");
  const { existsSync } = await import("node:fs");
  const path = fileURLToPath(new URL("xla_worker.py", import.meta.url));
  if (!existsSync(path))
    throw new XlaError(
      "missing",
      `connect: there is no ${path}; if a bundler moved adjoint/xla, leave it out of the bundle (external).`,
    );
  return path;
}

/** How to have what is missing. */
export const advice = (python: string): string =>
  `Install it with "${python} -m pip install jax" (or jax[cuda12], jax[tpu]), or name another Python: connect({ python }).`;

/** What is known of why a process ended before it was there. */
function startError(python: string, why: string, words: string): XlaError {
  const said = words === "" ? "" : `\n${words}`;
  if (/ENOENT|EACCES/.test(why))
    return new XlaError("missing", `connect: there is no Python "${python}" (${why}). ${advice(python)}`);
  return new XlaError("start", `connect: a process of "${python}" did not start: ${why}.${said}`);
}

/** Rejects when the time is over; keeps the program alive until then, or until it is cleared. */
function deadline(limit: number, message: string): { readonly over: Promise<never>; clear(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, fail) => {
    timer = setTimeout(
      () => {
        fail(new XlaError("timeout", message));
      },
      Math.min(limit, 2 ** 31 - 1),
    );
  });
  return {
    over,
    clear: () => {
      clearTimeout(timer);
    },
  };
}

async function startLocals(s: Settings, address: string, token: string): Promise<LocalProcess[]> {
  const script = await workerScript();
  const line = JSON.stringify({ address, token });
  const started: LocalProcess[] = [];
  for (let i = 0; i < s.processes; i++)
    started.push(await start(s.python, ["-u", script], line, { PYTHONDONTWRITEBYTECODE: "1" }, s.log));
  return started;
}

const isDevice = (x: unknown): x is XlaDevice => typeof x === "object" && x !== null && "platform" in x;

/** The devices of all processes, in JAX's order. */
function devicesOf(frame: Frame, s: Settings): readonly XlaDevice[] {
  const { devices } = frame.header;
  const list = (Array.isArray(devices) ? devices : []).filter(isDevice);
  for (let process = 0; process < s.processes && s.devices !== null; process++) {
    const found = list.filter((d) => d.process === process);
    if (found.length === s.devices) continue;
    throw new XlaError(
      "devices",
      `connect: expected ${s.devices} devices in each process; process ${process} has ${found.length} ` +
        `(${[...new Set(found.map((d) => `${d.platform} ${d.kind}`))].join(", ")}).`,
    );
  }
  return list;
}

/**
 * Starts a process of Python with JAX (or several, or waits for those of other machines) and returns what compiles functions
 * for its devices. It ends with `close()`, at the end of an `await using`, and in any case with this program.
 *
 * Everything listens on the loopback unless `host` says otherwise, and each connection begins with both sides proving that
 * they know the session's token. With several processes JAX's own coordinator connects them: it asks for no token and
 * belongs on a trusted network.
 * @throws ArgumentError for options outside their values
 * @throws XlaError whose `reason` says what is wrong: Python or JAX is missing, a process did not start or did not come in
 * time, there are not the devices that were asked for
 */
export async function connect(options: ConnectOptions = {}): Promise<Xla> {
  const s = settingsOf(options);
  const found = await secrets();
  const tokens = [found.random(), s.token ?? found.random()] as const;
  const gate = new Gate(found, tokens);
  const server = await listen(s.host, s.port, gate.accept);
  const total = s.processes + s.workers;
  const late = deadline(
    s.limits.connect,
    `connect: ${total} processes were not ready in ${s.limits.connect} ms; see timeouts.connect.`,
  );
  late.over.catch(() => undefined);
  let locals: LocalProcess[] = [];
  const kill = (): void => {
    for (const local of locals) local.kill("SIGKILL");
  };
  process.on("exit", kill);
  const release = (): void => {
    process.off("exit", kill);
    server.close();
    late.clear();
  };
  try {
    const address = `${s.host === "0.0.0.0" ? "127.0.0.1" : s.host === "::" ? "[::1]" : s.host}:${server.port}`;
    locals = await startLocals(s, address, tokens[0]);
    if (s.workers > 0) tellWorkers(s, server, tokens[1]);
    const died = Promise.race(
      locals.map(async (local) => {
        const why = await local.ended;
        throw startError(s.python, why, local.lastWords());
      }),
    );
    died.catch(() => undefined);
    const given = s.processes === 0 ? [late.over] : [late.over, died];
    const channels = await Promise.race([gate.all(s.processes, s.workers), ...given]);
    // Nobody else is waited for.
    server.close();
    const session = openSession(gate, channels, locals, s, release);
    const devices = await Promise.race([begin(session, total, s), ...given]);
    late.clear();
    return new Xla(session, devices, total);
  } catch (e) {
    kill();
    for (const channel of gate.hear.keys()) channel.close();
    release();
    throw e;
  }
}

function tellWorkers({ host, workers, log, token: given }: Settings, { port }: Server, token: string): void {
  const shown = given === null ? token : "…";
  log(
    `adjoint: waiting for ${workers} more ${workers === 1 ? "process" : "processes"}. Start each with\n` +
      `  ADJOINT_XLA_TOKEN=${shown} npx adjoint xla-worker ${host === "0.0.0.0" ? "THIS-MACHINE" : host}:${port}\n`,
  );
}

/** From now on what processes say goes to the session, and one that goes takes the session with it. */
function openSession(
  gate: Gate,
  channels: readonly Channel[],
  locals: readonly LocalProcess[],
  s: Settings,
  release: () => void,
): Session {
  const session = new Session(locals, s.limits.request, release);
  channels.forEach((channel, process) => {
    session.add(channel);
    gate.hear.set(channel, {
      receive: (frame) => {
        session.answer(process, frame);
      },
      closed: (reason) => {
        const words = locals
          .map((local) => local.lastWords())
          .join("\n")
          .trim();
        const said = words === "" ? "" : `\n${words.split("\n").slice(-8).join("\n")}`;
        session.end(
          new XlaError("lost", `process ${process} of ${channels.length} is gone: ${reason}.${said}`),
        );
      },
    });
  });
  return session;
}

async function begin(session: Session, total: number, s: Settings): Promise<readonly XlaDevice[]> {
  const coordinator = total === 1 ? null : (s.coordinator ?? `${s.host}:${await freePort(s.host)}`);
  const config = {
    platform: s.platform,
    devices: s.devices,
    processes: total,
    coordinator,
    timeout: Math.min(s.limits.connect / 1000, 86_400),
  };
  const [first] = await session
    .request("connect", (process) => ({ ...config, process }), [], s.limits.connect)
    .catch((e: unknown) => {
      if (e instanceof XlaError && e.reason === "missing")
        throw new XlaError("missing", `${e.detail}. ${advice(s.python)}`);
      throw e;
    });
  return devicesOf(first, s);
}
