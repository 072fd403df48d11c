/** @file The command `adjoint xla-worker`: a process of Python and JAX that joins a leader on another machine. */
import { show } from "../base/checks.ts";
import { ArgumentError } from "../base/errors.ts";
import { advice, workerScript } from "./connect.ts";
import { XlaError } from "./errors.ts";
import { start } from "./host.ts";

/**
 * Runs until the session ends. The token is read from the environment, `ADJOINT_XLA_TOKEN`.
 * @param args HOST:PORT, and `--python COMMAND`
 */
export async function runWorker(args: readonly string[]): Promise<void> {
  const { parseArgs } = await import("node:util");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { python: { type: "string" } },
  });
  const [address, ...more] = positionals as readonly (string | undefined)[];
  if (address === undefined || more.length > 0 || !/^.+:\d+$/.test(address))
    throw new ArgumentError(
      `xla-worker: expected the leader's HOST:PORT; got ${show(positionals.join(" "))}.`,
    );
  const token = process.env.ADJOINT_XLA_TOKEN;
  if (token === undefined || token === "")
    throw new ArgumentError(
      "xla-worker: the session's token must be in the environment: ADJOINT_XLA_TOKEN=… npx adjoint xla-worker HOST:PORT.",
    );
  const python = values.python ?? process.env.ADJOINT_PYTHON ?? "python3";
  const line = JSON.stringify({ address, token });
  // It reads the token from its input, and ends when this process does.
  const worker = await start(python, ["-u", await workerScript()], line, {}, (text) =>
    process.stderr.write(text),
  );
  const waiting = setInterval(() => undefined, 60_000);
  const why = await worker.ended;
  clearInterval(waiting);
  if (why.endsWith("with code 0")) return;
  const isMissing = /ENOENT|EACCES/.test(why);
  throw new XlaError(
    isMissing ? "missing" : "lost",
    isMissing ? `xla-worker: there is no Python "${python}". ${advice(python)}` : `xla-worker: ${why}.`,
  );
}
