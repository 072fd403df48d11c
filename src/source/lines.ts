/** @file The user's lines behind equations: their texts, where the host has the files, and what they declare. */
import type { Source } from "../base/source.ts";
import { type UserPlace, UserTexts, placeOfCall } from "../base/user-text.ts";

export type Site = UserPlace;

/** The place behind an equation; null for an unknown one. */
export const siteOf = (source: Source | undefined): Site | null =>
  source === undefined ? null : placeOfCall(source.site);

/** The user's texts, and what their lines declare. */
export class Lines {
  readonly #texts = new UserTexts();

  /** The text of a line, without spaces around it. */
  text(site: Site): string | null {
    return this.#texts.line(site)?.trim() ?? null;
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
  callee(site: Site): string | null {
    const text = this.#texts.line(site);
    return text === null ? null : (/^[\w$]+/.exec(text.slice(site.column - 1))?.[0] ?? null);
  }
}

/** The last part of a path. */
export const fileName = (path: string): string => path.split(/[\\/]/).pop() ?? path;
