/** @file The user's lines behind equations: their texts, where the host has the files, and what they declare. */
import { nodeModuleNow } from "../base/host.ts";
import type { Source } from "../base/source.ts";

/** A place in a file. */
export interface Site {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The place of `file:line:column`; null for an unknown one. */
export function siteOf(source: Source | undefined): Site | null {
  const match = /^(.*):(\d+):(\d+)$/.exec(source === undefined ? "" : String(source.site));
  return match === null ? null : { file: match[1], line: Number(match[2]), column: Number(match[3]) };
}

interface FileSystem {
  readFileSync(path: string, encoding: "utf8"): string;
}

/** Reads files at most once; null for those that the host does not have. */
export class Lines {
  readonly #files = new Map<string, readonly string[] | null>();

  #linesOf(file: string): readonly string[] | null {
    let lines = this.#files.get(file);
    if (lines === undefined) {
      try {
        const fs = nodeModuleNow("fs") as FileSystem | undefined;
        lines = fs?.readFileSync(file, "utf8").split("\n") ?? null;
      } catch {
        lines = null;
      }
      this.#files.set(file, lines);
    }
    return lines;
  }

  /** The text of a line, without spaces around it. */
  text({ file, line }: Site): string | null {
    return this.#linesOf(file)?.[line - 1]?.trim() ?? null;
  }

  /** The name that a line declares or assigns to: `h` of `const h = …`. */
  declared(site: Site): string | null {
    const text = this.text(site);
    if (text === null) return null;
    const match =
      /^(?:export\s+)?(?:(?:const|let|var)\s+)?([A-Za-z_$][\w$]*)\s*(?::[^=]+)?=(?![=>])(.*)$/.exec(text);
    // A function that is declared is no value.
    return match === null || /=>|\bfunction\b/.test(match[2]) ? null : match[1];
  }

  /** The name of the function that is called at a place: `tanh` of `np.tanh(…)`. */
  callee({ file, line, column }: Site): string | null {
    const text = this.#linesOf(file)?.[line - 1];
    return text === undefined ? null : (/^[\w$]+/.exec(text.slice(column - 1))?.[0] ?? null);
  }
}

/** The last part of a path. */
export const fileName = (path: string): string => path.split(/[\\/]/).pop() ?? path;
