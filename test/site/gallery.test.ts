/**
 * @file The programs of the gallery, each run in Chromium by site/gallery/dev/test.ts, a process of its own: it is made for pages,
 * with their types.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";

const present = existsSync(process.env.CHROMIUM ?? "/usr/bin/chromium");
if (!present) console.warn("NOT TESTED: Chromium is not installed; the gallery was not run in a browser.");

describe.skipIf(!present)("the gallery", () => {
  it("runs in Chromium, passes its checks and prints no errors", { timeout: 1_200_000 }, async () => {
    const child = spawn("npx", ["tsx", "site/gallery/dev/test.ts"], { stdio: ["ignore", "inherit", "pipe"] });
    let wrong = "";
    child.stderr.on("data", (text: Buffer) => (wrong += text.toString()));
    const [code] = (await once(child, "close")) as [number];
    expect(wrong).toBe("");
    expect(code).toBe(0);
  });
});
