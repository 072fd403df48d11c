/** @file Data beside the tests, in Node and in the browser's runner, whose server has it. */

/** What a file of JSON holds, by its path from a module: `readJson("name.json", import.meta.url)`. */
export async function readJson(path: string, from: string): Promise<unknown> {
  const url = new URL(path, from);
  return JSON.parse(await (url.protocol === "file:" ? readFile(url) : fetchText(url))) as unknown;
}

async function readFile(url: URL): Promise<string> {
  const fs = await import("node:fs/promises");
  return fs.readFile(url, "utf8");
}

async function fetchText(url: URL): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href}: ${response.status}`);
  return response.text();
}
