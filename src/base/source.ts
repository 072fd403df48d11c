/**
 * @file The line of the user's code behind a call, read from a stack trace.
 *
 * Frames of this library are recognised by the folder above that of this very file, so it works from `src` and from `dist`.
 */

const folder = import.meta.url.replace(/[^/]+\/[^/]+$/, "");
const folderPath = folder.replace(/^file:\/\//, "");

/** `file:line:column` of the first frame outside the library, or null. */
export function userFrame(stack: string | undefined): string | null {
  if (stack === undefined) return null;
  for (const line of stack.split("\n")) {
    const match = /^\s*at (?:.*\()?((?:file:\/\/|\/|https?:|[A-Za-z]:\\).*?:\d+:\d+)\)?$/.exec(line);
    if (match === null) continue;
    const place = match[1];
    if (place.startsWith(folder) || place.startsWith(folderPath) || place.includes("node:internal")) continue;
    return place.replace(/^file:\/\//, "");
  }
  return null;
}

/** A stack captured now and formatted only when it is asked for: cheap enough for every transformation. */
export class CallSite {
  readonly #error: Error;
  constructor() {
    this.#error = new Error();
  }
  toString(): string {
    return userFrame(this.#error.stack) ?? "an unknown place";
  }
}
