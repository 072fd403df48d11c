/**
 * @file Runs programs in the sandbox, from a page. The frame is made when the first program runs; it has an opaque origin
 * (`sandbox="allow-scripts"`), so the library's script is fetched here and handed to it.
 */
import { withBase } from "vitepress";
import frame from "./frame.html?raw";
import type { Entry, FromFrame, Outcome, Request, ToFrame } from "./protocol.ts";

export interface End {
  readonly outcome: Outcome;
  readonly milliseconds: number;
}

export interface Run {
  readonly ended: Promise<End>;
  stop(): void;
}

interface Listener {
  entry(entry: Entry): void;
  end(end: End): void;
}

const listeners = new Map<number, Listener>();
let nextId = 0;
let sandbox: Promise<(message: ToFrame) => void> | undefined;

async function makeSandbox(): Promise<(message: ToFrame) => void> {
  const element = document.createElement("iframe");
  element.setAttribute("sandbox", "allow-scripts");
  element.title = "sandbox of programs";
  element.style.display = "none";
  element.srcdoc = frame;
  const ready = new Promise<void>((resolve) => {
    addEventListener("message", ({ source, data }: MessageEvent<FromFrame>) => {
      if (source === null || source !== element.contentWindow) return;
      if (data.type === "ready") resolve();
      else if (data.type === "entry") listeners.get(data.id)?.entry(data.entry);
      else listeners.get(data.id)?.end(data);
    });
  });
  const script = fetch(withBase("/runner.js")).then(async (response) => {
    if (!response.ok)
      throw new Error(`The library could not be loaded: ${response.status} ${response.statusText}`);
    return response.text();
  });
  document.body.append(element);
  const [text] = await Promise.all([script, ready]);
  const post = (message: ToFrame): void => element.contentWindow?.postMessage(message, "*");
  post({ type: "load", script: text });
  return post;
}

/** Makes the sandbox, so that the next program starts at once. */
export async function prepareSandbox(): Promise<void> {
  await (sandbox ??= makeSandbox());
}

/** Runs a program; `show` gets its output as it comes. It is ended after its time. */
export function run(request: Request, show: (entry: Entry) => void, seconds = 10): Run {
  const id = nextId++;
  let stopped = false;
  const ended = (async (): Promise<End> => {
    let post: (message: ToFrame) => void;
    try {
      post = await (sandbox ??= makeSandbox());
    } catch (error) {
      sandbox = undefined;
      show({ kind: "error", text: String(error), line: null, expected: false });
      return { outcome: "failed", milliseconds: 0 };
    }
    if (stopped) return { outcome: "stopped", milliseconds: 0 };
    const end = new Promise<End>((resolve) => listeners.set(id, { entry: show, end: resolve }));
    post({ type: "run", id, request, seconds });
    return end.finally(() => listeners.delete(id));
  })();
  return {
    ended,
    stop() {
      stopped = true;
      void sandbox?.then((post) => post({ type: "stop", id }));
    },
  };
}
