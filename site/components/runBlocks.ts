/**
 * @file Code blocks of the documentation that run in place. In the page they are markup with a button (pages.ts); the component
 * behind it is made when the button is pressed, so that a page of a hundred examples costs nothing. Blocks of a page share
 * a scope, as in the tests: those above run first, silently.
 */
import { type Router, withBase } from "vitepress";
import { type App, createApp } from "vue";
import { prepareSandbox } from "../runner/client.ts";
import { toHash } from "../runner/share.ts";
import RunBar from "./RunBar.vue";

const codeOf = (block: Element): string => block.querySelector("pre code")?.textContent ?? "";

/** The blocks that run: those above, if the scope is shared, and this one. */
function piecesOf(block: HTMLElement): string[] {
  if (block.dataset.alone !== undefined) return [codeOf(block)];
  const all = [...document.querySelectorAll(".run-block:not([data-alone])")];
  return all.slice(0, all.indexOf(block) + 1).map(codeOf);
}

/** Makes the buttons of all blocks work, on every page. */
export function installRunBlocks(router: Router): void {
  let apps: App[] = [];

  const edit = async (block: HTMLElement): Promise<void> => {
    const hash = await toHash(`${piecesOf(block).join("\n\n")}\n`);
    await router.go(withBase("/playground.html") + hash);
  };
  const run = (block: HTMLElement): void => {
    const names = block.dataset.names ?? null;
    const app = createApp(RunBar, {
      pieces: () => piecesOf(block),
      names,
      edit: names === null ? () => void edit(block) : null,
    });
    app.mount(block.querySelector(".run-host")!);
    apps.push(app);
  };

  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-run], [data-edit]") : null;
    const block = button?.closest<HTMLElement>(".run-block");
    if (block === null || block === undefined) return;
    if (button!.hasAttribute("data-run")) run(block);
    else void edit(block);
  });
  document.addEventListener("pointerover", ({ target }) => {
    if (target instanceof Element && target.closest("[data-run]") !== null)
      void prepareSandbox().catch(() => undefined);
  });
  const before = router.onBeforeRouteChange;
  router.onBeforeRouteChange = (to) => {
    apps.forEach((app) => app.unmount());
    apps = [];
    return before?.(to);
  };
}
