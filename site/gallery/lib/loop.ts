/**
 * @file The animation loop: sleeps while the page or the element is not seen, and when a frame says that nothing moves any
 * more, until it is woken.
 */

export interface Loop {
  wake(): void;
  stop(): void;
  readonly times: readonly number[];
}

/** The longest time that a frame is told has passed, in seconds: after a pause, nothing jumps. */
const longest = 1 / 20;
/** The shortest time between frames, in milliseconds: where screens are drawn more often, programs are not faster. */
const shortest = 12;

/** Runs `frame(seconds since the last)` each time the screen is drawn, for as long as it does not return false. */
export function loop(element: HTMLElement, frame: (seconds: number) => boolean): Loop {
  let [handle, last, seen, moving] = [0, 0, true, true];
  const times: number[] = [];
  const run = (now: number): void => {
    handle = 0;
    if (last !== 0 && now - last < shortest) {
      plan();
      return;
    }
    const seconds = last === 0 ? 1 / 60 : Math.min((now - last) / 1000, longest);
    const begin = performance.now();
    moving = frame(seconds);
    times.push(performance.now() - begin);
    if (times.length > 240) times.shift();
    last = moving ? now : 0;
    plan();
  };
  const plan = (): void => {
    if (handle === 0 && moving && seen && !document.hidden) handle = requestAnimationFrame(run);
  };
  const pause = (): void => {
    if (document.hidden) last = 0;
    plan();
  };
  const observer = new IntersectionObserver(([entry]) => {
    seen = entry.isIntersecting;
    if (!seen) last = 0;
    plan();
  });
  observer.observe(element);
  document.addEventListener("visibilitychange", pause);
  plan();
  return {
    times,
    wake: () => {
      moving = true;
      plan();
    },
    stop: () => {
      moving = false;
      cancelAnimationFrame(handle);
      observer.disconnect();
      document.removeEventListener("visibilitychange", pause);
    },
  };
}
