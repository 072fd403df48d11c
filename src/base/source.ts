/**
 * @file The line of the user's code behind a call, read from a stack trace.
 *
 * Frames of this library are those in `src` or `dist` of the package that this very file belongs to: where source maps
 * are read (tsx, `--enable-source-maps`), frames of `dist` bear names in `src`. Bundled, the file stands for itself.
 */

const folder = import.meta.url.replace(/[^/]+\/[^/]+$/, "");
const packageFolder = folder.replace(/(?:src|dist)\/$/, "");
const folders = packageFolder === folder ? [folder] : [`${packageFolder}src/`, `${packageFolder}dist/`];
const ownFolders = folders.flatMap((f) => [f, decodeURI(f.replace(/^file:\/\//, ""))]);

/** The place in a line of a stack; null if the line is no frame, or one of the engine. */
function placeOf(line: string): string | null {
  const match = /^\s*at (?:.*\()?((?:file:\/\/|\/|https?:|evalmachine|[A-Za-z]:\\).*?:\d+:\d+)\)?$/.exec(
    line,
  );
  return match === null || match[1].includes("node:internal") ? null : match[1];
}

const isOwn = (place: string): boolean =>
  ownFolders.some((f) => place.startsWith(f)) ||
  /[\\/]node_modules[\\/]adjoint[\\/](?:src|dist)[\\/]/.test(place);

/** `file:line:column` of the first frame outside the library, or null. */
export function userFrame(stack: string | undefined): string | null {
  if (stack === undefined) return null;
  for (const line of stack.split("\n")) {
    const place = placeOf(line);
    if (place !== null && !isOwn(place)) return place.replace(/^file:\/\//, "");
  }
  return null;
}

/** A stack without the library's frames at its top, so that it begins with the user's; whole if there are only such. */
export function userStack(stack: string): string {
  const lines = stack.split("\n");
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  const user = lines.findIndex((line, i) => {
    const place = i < first || first === -1 ? null : placeOf(line);
    return place !== null && !isOwn(place);
  });
  return user === -1 ? stack : [...lines.slice(0, first), ...lines.slice(user)].join("\n");
}

/** True if an error with this stack arose in the library, not in a function of its user. */
export function isFromLibrary(stack: string | undefined): boolean {
  for (const line of (stack ?? "").split("\n")) {
    const place = placeOf(line);
    if (place !== null) return isOwn(place);
  }
  return false;
}

/** The scopes that the user named, outermost first. */
let scopes: readonly string[] = [];

/** The scopes in force as a path, or null outside of all. */
export const scopePath = (): string | null => (scopes.length === 0 ? null : scopes.join("/"));

/** Runs `f` in a named scope. */
export function withScope<R>(name: string, f: () => R): R {
  const before = scopes;
  scopes = [...before, name];
  try {
    return f();
  } finally {
    scopes = before;
  }
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
