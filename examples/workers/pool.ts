/**
 * @file A pool of workers that run functions of arrays: in Node and in browsers alike, on what both have, messages.
 *
 * Messages copy arrays, with their data and nothing else; `tree.fromClone` makes arrays of the copies. Each worker loads the
 * library for itself and compiles for itself. Keys of `random` travel too, so random numbers do not depend on who draws them.
 */
import { tree } from "../../src/index.ts";

/** One end of a channel: a worker, or what a worker has of its maker. Node's and the web's differ in how they listen. */
export interface Port {
  postMessage(message: unknown): void;
  readonly on?: (event: "message", listener: (data: unknown) => void) => unknown;
  onmessage?: ((event: { readonly data: unknown }) => void) | null;
}

type Task = (...args: never[]) => unknown;

interface Request {
  readonly id: number;
  readonly name: string;
  readonly args: unknown[];
}

type Reply = { readonly id: number } & ({ readonly result: unknown } | { readonly error: string });

function listen(port: Port, listener: (data: unknown) => void): void {
  if (port.on !== undefined) port.on("message", listener);
  else port.onmessage = (event) => listener(event.data);
}

/** In a worker: answers the pool's calls of these functions. */
export function serve(port: Port, tasks: Readonly<Record<string, Task>>): void {
  listen(port, (data) => {
    const { id, name, args } = tree.fromClone(data) as Request;
    try {
      port.postMessage({ id, result: tasks[name](...(args as never[])) } satisfies Reply);
    } catch (e) {
      port.postMessage({ id, error: String(e) } satisfies Reply);
    }
  });
}

/** Calls functions that workers serve, each call in the worker that has least to do. */
export class Pool {
  readonly #ports: readonly Port[];
  readonly #busy: number[];
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #next = 0;

  constructor(ports: readonly Port[]) {
    this.#ports = ports;
    this.#busy = ports.map(() => 0);
    ports.forEach((port, i) =>
      listen(port, (data) => {
        const reply = data as Reply;
        this.#busy[i]--;
        this.#waiting.get(reply.id)?.(reply);
        this.#waiting.delete(reply.id);
      }),
    );
  }

  call<R>(name: string, ...args: readonly unknown[]): Promise<R> {
    const id = this.#next++;
    const i = this.#busy.indexOf(Math.min(...this.#busy));
    this.#busy[i]++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (reply) => {
        if ("error" in reply) reject(new Error(reply.error));
        else resolve(tree.fromClone(reply.result) as R);
      });
      this.#ports[i].postMessage({ id, name, args: [...args] } satisfies Request);
    });
  }

  /** The results of a function for each item, in order. */
  map<R>(name: string, items: readonly unknown[]): Promise<R[]> {
    return Promise.all(items.map((item) => this.call<R>(name, item)));
  }
}
