/**
 * @file Programs of readers: code blocks run in place and give what their comments state, the playground runs, shares and
 * stops them, and a program that came by the address does not run unasked.
 */
import type { Browser, Page } from "playwright-core";
import { type Checks, expect } from "./checks.ts";
import { isReady, watch } from "./pages.ts";

const output = ".playground .run-output";

async function replaceProgram(page: Page, code: string): Promise<void> {
  await page.click(".cm-content");
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(code);
}

const press = (page: Page, name: string): Promise<void> =>
  page.click(`.playground .bar button:text-is("${name}")`);
const ended = (page: Page, status: RegExp, timeout = 20_000): Promise<unknown> =>
  page.waitForFunction(
    (source) => new RegExp(source).test(document.querySelector(".playground .status")?.textContent ?? ""),
    status.source,
    { timeout },
  );

async function openPlayground(browser: Browser, address: string, hash = ""): Promise<[Page, string[]]> {
  const page = await browser.newPage();
  const faults = watch(page, address);
  await page.goto(`${address}playground.html${hash}`);
  await page.waitForSelector(".cm-content");
  return [page, faults];
}

async function testPlayground(browser: Browser, address: string, { check }: Checks): Promise<void> {
  await check("the playground runs programs", async () => {
    const [page, faults] = await openPlayground(browser, address);
    await replaceProgram(
      page,
      'import { type Array, grad, jit, numpy as np } from "adjoint";\nconst f = (x: Array): Array => x.mul(x);\n' +
        'console.log("slope", jit(grad(f), { name: "slope" })(3));\ngrad(grad(f))(1);\nplot([1, 4, 9]);\n',
    );
    await press(page, "Run");
    await ended(page, /^Done/);
    const text = await page.innerText(output);
    expect(text.includes("slope Array(6.)") && text.includes("Array(2.)"), `the output is ${text}`);
    expect((await page.$$(`${output} svg path`)).length === 1, "there is no plot");
    for (const [view, part] of [
      ["Jaxpr", "lambda"],
      ["JavaScript", "function slope"],
      ["Loops", "slope"],
    ]) {
      await page.click(`.views button:text-is("${view}")`);
      const shown = await page.innerText(".playground .code");
      expect(shown.includes(part), `${view} shows ${shown}`);
    }
    expect(faults.length === 0, faults.join("\n"));
    await page.close();
  });

  await check("errors name the line", async () => {
    const [page] = await openPlayground(browser, address);
    await replaceProgram(page, 'import { numpy as np } from "adjoint";\n\nnp.ones([2]).add(np.ones([3]));\n');
    await press(page, "Run");
    await ended(page, /^Failed/);
    const text = await page.innerText(output);
    expect(/Line 3: .*Shape/.test(text), `the output is ${text}`);
    await page.close();
  });

  await check("the examples run", async () => {
    const [page, faults] = await openPlayground(browser, address);
    const names = await page.$$eval(".bar select option", (all) =>
      all.map((o) => (o as HTMLOptionElement).value),
    );
    for (const name of names) {
      await page.selectOption(".bar select", name);
      await press(page, "Run");
      await ended(page, /^Done|^Failed|^Stopped/, 40_000);
      const status = await page.innerText(".playground .status");
      expect(status.startsWith("Done"), `${name}: ${status} ${await page.innerText(output)}`);
    }
    expect(names.length > 2 && faults.length === 0, faults.join("\n"));
    await page.close();
  });

  await check("loops without end are stopped", async () => {
    const [page] = await openPlayground(browser, address);
    await replaceProgram(page, 'console.log("begun");\nfor (;;);\n');
    await press(page, "Run");
    await page.waitForSelector(`${output} >> text=begun`);
    await press(page, "Stop");
    await ended(page, /^Stopped/, 2000);
    await replaceProgram(page, "1 + 1;\n");
    await press(page, "Run");
    await ended(page, /^Done/);
    await replaceProgram(page, "for (;;) console.log(1);\n");
    await press(page, "Run");
    await ended(page, /too much output/);
    await page.close();
  });

  await check("programs have no network and no page", async () => {
    const [page, faults] = await openPlayground(browser, address);
    const tries = [
      "fetch(base)",
      "Promise.resolve(importScripts(base))",
      "Promise.resolve(document.cookie)",
      "Promise.resolve(indexedDB.open('a').result)",
    ];
    const code = `const base = ${JSON.stringify(address)};\nlet open = 0;\n${tries.map((t) => `try { await ${t}; open++; } catch {}`).join("\n")}\nopen;\n`;
    await replaceProgram(page, code);
    await press(page, "Run");
    await ended(page, /^Done|^Failed/);
    const text = await page.innerText(`${output} .value pre`);
    expect(text === "0", `${text} ways are open`);
    expect(
      faults.every((f) => f.includes("Content Security Policy")),
      faults.join("\n"),
    );
    await page.close();
  });

  await check("programs that came by the address wait", async () => {
    const [page] = await openPlayground(browser, address);
    await replaceProgram(page, 'console.log("it ran");\n');
    await press(page, "Share");
    await page.waitForFunction(() => location.hash.startsWith("#code="));
    const hash = await page.evaluate(() => location.hash);
    await page.close();
    const [other] = await openPlayground(browser, address, hash);
    await other.waitForTimeout(1500);
    const before = await other.innerText(".playground .content");
    expect((await other.innerText(".cm-content")).includes("it ran"), "the program is not shown");
    expect(!before.includes("it ran"), "it ran unasked");
    await press(other, "Run");
    await ended(other, /^Done/);
    expect((await other.innerText(output)).includes("it ran"), "it did not run when asked");
    await other.close();
  });

  await check("the editor knows the types", async () => {
    const [page, faults] = await openPlayground(browser, address);
    await replaceProgram(
      page,
      'import { numpy as np } from "adjoint";\nconst wrong: string = np.ones([2]);\nnp.',
    );
    await page.keyboard.type("arang");
    await page.waitForSelector(".cm-completionLabel >> text=/^arange$/", { timeout: 60_000 });
    await page.keyboard.press("Escape");
    await page.waitForSelector(".cm-lintRange-error", { timeout: 30_000 });
    expect(faults.length === 0, faults.join("\n"));
    await page.close();
  });
}

/** Runs every block of a page; returns what is wrong. */
async function runBlocks(page: Page): Promise<string[]> {
  const count = (await page.$$(".run-block")).length;
  const wrong: string[] = [];
  for (let i = 0; i < count; i++) {
    const block = page.locator(".run-block").nth(i);
    await block.locator("button", { hasText: /^Run$/ }).click();
    await block.locator(".run-status", { hasText: /^Done|^Failed|^Stopped/ }).waitFor({ timeout: 40_000 });
    if ((await block.locator(".run-status").innerText()).startsWith("Done")) continue;
    wrong.push(`block ${i + 1}: ${await block.innerText()}`);
  }
  return wrong;
}

async function testBlocks(browser: Browser, address: string, { check }: Checks): Promise<void> {
  const documents = [
    "start",
    "ahead-of-time",
    "workers",
    "coming-from",
    "control-flow",
    "complex",
    "errors",
    "files",
    "how-it-works",
    "adding-a-primitive",
    "implicit",
    "jit",
    "linear-algebra",
    "loop-ir",
    "memory",
    "optim",
    "sharp-bits",
    "sparse",
    "stablehlo-import",
    "stepping",
    "taylor-and-sparse",
  ].map((n) => `docs/${n}.html`);
  const pages = [
    "index.html",
    ...documents,
    "api/numpy/linalg.html",
    "api/random.html",
    "api/testing.html",
    "api/tree.html",
  ];
  for (const name of pages)
    await check(`the code of ${name} runs`, async () => {
      const page = await browser.newPage();
      const faults = watch(page, address);
      await page.goto(address + name);
      await isReady(page);
      const wrong = await runBlocks(page);
      expect(wrong.length === 0, wrong.join("\n"));
      expect(faults.length === 0, faults.join("\n"));
      await page.close();
    });

  await check("a block shows values", async () => {
    const page = await browser.newPage();
    await page.goto(address);
    await isReady(page);
    await page.click(".run-block button:text-is('Run')");
    await page.waitForSelector(".run-output .value");
    const text = await page.innerText(".run-output");
    expect(text.includes("0.0770037") && text.includes("Array(["), `the output is ${text}`);
    await page.close();
  });
}

async function testTours(browser: Browser, address: string, { check }: Checks): Promise<void> {
  await check("links, search and benchmarks work", async () => {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const faults = watch(page, address);
    await page.goto(`${address}docs/jit.html`);
    await isReady(page);
    await page.click('.VPSidebar a:has-text("Sharp bits")');
    await page.waitForURL(/sharp-bits\.html/);
    await page.click('.VPNavBarMenu a:has-text("API")');
    await page.waitForURL(/\/api\//);
    await page.click('.VPSidebar a:has-text("random")');
    await page.waitForURL(/api\/random\.html/);
    await page.waitForSelector('h1:has-text("random")');
    await page.keyboard.press("Control+k");
    await page.fill(".VPLocalSearchBox input", "logsumexp");
    await page.waitForSelector(".VPLocalSearchBox .result");
    await page.click(".VPLocalSearchBox .result");
    await page.waitForURL(/#.*logsumexp/i);
    await page.goto(`${address}measure.html`);
    await isReady(page);
    await page.click(".measure button");
    await page.waitForSelector('[data-workload="small"] .bar-row:nth-child(2)', { timeout: 60_000 });
    expect((await page.$$('[role="alert"]')).length === 0, await page.innerText(".measure"));
    expect(faults.length === 0, faults.join("\n"));
    await page.close();
  });
}

export async function testPrograms(browser: Browser, address: string, checks: Checks): Promise<void> {
  await testPlayground(browser, address, checks);
  await testBlocks(browser, address, checks);
  await testTours(browser, address, checks);
}
