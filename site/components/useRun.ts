/** @file The state of a place where programs run: what they gave so far, and how the last one ended. */
import { type Ref, onBeforeUnmount, ref, shallowRef } from "vue";
import { type Run, run } from "../runner/client.ts";
import type { Entry, Outcome, Request } from "../runner/protocol.ts";

export interface RunState {
  readonly entries: Ref<readonly Entry[]>;
  readonly running: Ref<boolean>;
  /** What to say about the end of the last program. */
  readonly status: Ref<string>;
  start(request: Request): Promise<Outcome>;
  stop(): void;
}

const sayings: Readonly<Record<Outcome, string>> = {
  done: "Done",
  failed: "Failed",
  stopped: "Stopped",
  timeout: "Stopped: it took too long",
  flood: "Stopped: too much output",
};

/** @param seconds after which a program is ended */
export function useRun(seconds = 10): RunState {
  const entries = shallowRef<readonly Entry[]>([]);
  const running = ref(false);
  const status = ref("");
  let current: Run | undefined;

  const stop = (): void => current?.stop();
  onBeforeUnmount(stop);

  async function start(request: Request): Promise<Outcome> {
    stop();
    const collected: Entry[] = [];
    entries.value = [];
    running.value = true;
    status.value = "Running";
    let scheduled = false;
    const show = (entry: Entry): void => {
      collected.push(entry);
      if (scheduled) return;
      scheduled = true;
      requestAnimationFrame(() => {
        scheduled = false;
        if (current === mine) entries.value = [...collected];
      });
    };
    const mine = run(request, show, seconds);
    current = mine;
    const { outcome, milliseconds } = await mine.ended;
    if (current !== mine) return outcome;
    entries.value = [...collected];
    running.value = false;
    status.value = outcome === "done" ? `Done in ${milliseconds.toFixed(0)} ms` : sayings[outcome];
    return outcome;
  }
  return { entries, running, status, start, stop };
}
