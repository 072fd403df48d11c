/** @file The page for developing: shows the program that `?name=` names, or a list of them. */
import type { Demo, Program } from "../lib/demo.ts";

declare global {
  interface Window {
    /** For tests: the running program and its check. */
    gallery?: { readonly demo: Demo; readonly check: Program["check"] };
  }
}

const programs = import.meta.glob<Program>(["../*.ts", "!../*.paths.ts"]);
const name = new URLSearchParams(location.search).get("name");
const load = programs[`../${name ?? ""}.ts`];
const main = document.querySelector("main")!;
const [heading, summary] = [document.querySelector("h1")!, document.querySelector("p")!];

if (load === undefined) {
  heading.textContent = "Gallery";
  for (const path of Object.keys(programs)) {
    const link = document.createElement("a");
    link.textContent = path.slice(3, -3);
    link.href = `?name=${link.textContent}`;
    main.append(link, document.createElement("br"));
  }
} else {
  const program = await load();
  heading.textContent = program.title;
  summary.textContent = program.summary;
  window.gallery = { demo: await program.start(main), check: program.check };
}
