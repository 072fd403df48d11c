/** @file Browsers that are installed here. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Their commands, by name. */
export const browserNames = {
  Chromium: ["chromium", "chromium-browser", "google-chrome"],
  Firefox: ["firefox", "firefox-esr"],
} as const;

export type BrowserName = keyof typeof browserNames;

/** The path of a browser: what CHROMIUM or FIREFOX names in the environment, or one installed; null if there is none. */
export function browserCommand(name: BrowserName): string | null {
  const named = process.env[name.toUpperCase()];
  if (named !== undefined) return existsSync(named) ? named : null;
  for (const command of browserNames[name])
    for (const folder of (process.env.PATH ?? "").split(delimiter))
      if (existsSync(join(folder, command))) return join(folder, command);
  return null;
}
