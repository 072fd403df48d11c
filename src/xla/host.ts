/** @file What is used of Node, by shape: so the types of the library do not need Node's. */

/** A `net.Socket`. */
export interface Socket {
  write(bytes: Uint8Array): boolean;
  destroy(): void;
  unref(): void;
  setNoDelay(on: boolean): void;
  setKeepAlive(on: boolean): void;
  pause(): void;
  resume(): void;
  on(event: "data", f: (bytes: Uint8Array) => void): void;
  on(event: "close" | "drain", f: () => void): void;
  on(event: "error", f: (e: Error) => void): void;
}

/** A `net.Server`. */
export interface Server {
  readonly port: number;
  close(): void;
}

/** A process that was started here. */
export interface LocalProcess {
  readonly pid: number | undefined;
  kill(signal: "SIGKILL"): boolean;
  /** Resolves when it is gone, with what is known of why. */
  readonly ended: Promise<string>;
  /** The last lines that it wrote. */
  lastWords(): string;
}

/** Listens, and hands each connection on. Does not keep the program alive. */
export async function listen(host: string, port: number, accept: (socket: Socket) => void): Promise<Server> {
  const { createServer } = await import("node:net");
  const server = createServer((socket) => {
    accept(socket);
  });
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(port, host, () => {
      done();
    });
  });
  server.unref();
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("internal: no TCP address");
  return { port: address.port, close: () => server.close() };
}

/** A port of this machine that is free now. */
export async function freePort(host: string): Promise<number> {
  const server = await listen(host, 0, (socket) => {
    socket.destroy();
  });
  server.close();
  return server.port;
}

/** Random text, and proofs that its holder knows a token. */
export interface Secrets {
  readonly random: () => string;
  readonly proof: (token: string, ...words: readonly string[]) => string;
  readonly equal: (a: string, b: string) => boolean;
}

export async function secrets(): Promise<Secrets> {
  const { createHmac, randomBytes, timingSafeEqual } = await import("node:crypto");
  return {
    random: () => randomBytes(16).toString("hex"),
    proof: (token, ...words) => createHmac("sha256", token).update(words.join(":")).digest("hex"),
    equal: (a, b) =>
      a.length === b.length && timingSafeEqual(new TextEncoder().encode(a), new TextEncoder().encode(b)),
  };
}

/** As much of what a process writes is kept for messages. */
const mostWords = 4000;

/** Pipes are sockets, of which programs need not wait for the end; their types do not say so. */
function letGo(pipe: object): void {
  const isSocket = (x: object): x is { unref(): void } => "unref" in x;
  if (isSocket(pipe)) pipe.unref();
}

/**
 * Starts a process that reads one line. It is not waited for when the program ends; its input ends then, and it goes.
 * What it prints is given to `log`.
 */
export async function start(
  command: string,
  args: readonly string[],
  line: string,
  env: Readonly<Record<string, string>>,
  log: (text: string) => void,
): Promise<LocalProcess> {
  const { spawn } = await import("node:child_process");
  const child = spawn(command, [...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let words = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      words = (words + text).slice(-mostWords);
      log(text);
    });
    letGo(stream);
  }
  const ended = new Promise<string>((done) => {
    child.once("error", (e) => {
      done(e.message);
    });
    child.once("exit", (code, signal) => {
      done(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`);
    });
  });
  // A process that ended at once cannot be written to: `ended` tells.
  child.stdin.on("error", () => undefined);
  child.stdin.write(`${line}\n`);
  letGo(child.stdin);
  child.unref();
  return { pid: child.pid, kill: (signal) => child.kill(signal), ended, lastWords: () => words.trim() };
}
