/** @file The language service as the editor uses it: loaded when it is first asked, or not at all. */
import {
  type Completion as Option,
  type CompletionContext,
  type CompletionSource,
} from "@codemirror/autocomplete";
import { linter } from "@codemirror/lint";
import type { Extension } from "@codemirror/state";
import { EditorView, hoverTooltip } from "@codemirror/view";
import { withBase } from "vitepress";
import type { Answers, FromLanguage, Info, Question, ToLanguage } from "./protocol.ts";

type Ask = <K extends keyof Answers>(ask: K, view: string, at: number, name?: string) => Promise<Answers[K]>;

async function startWorker(): Promise<Ask> {
  const [{ default: LanguageWorker }, response] = await Promise.all([
    import("./language.worker.ts?worker"),
    fetch(withBase("/types.json")),
  ]);
  const worker = new LanguageWorker();
  const post = (message: ToLanguage): void => worker.postMessage(message);
  post({ types: (await response.json()) as Record<string, string> });
  const waiting = new Map<number, (answer: Answers[keyof Answers]) => void>();
  let next = 0;
  worker.addEventListener("message", ({ data }: MessageEvent<FromLanguage>) => {
    waiting.get(data.id)?.(data.answer);
    waiting.delete(data.id);
  });
  return <K extends keyof Answers>(ask: K, code: string, at: number, name = "") =>
    new Promise<Answers[K]>((resolve) => {
      const question: Question = { id: next++, ask, code, at, name };
      waiting.set(question.id, resolve as (answer: Answers[keyof Answers]) => void);
      post(question);
    });
}

let started: Promise<Ask> | undefined;
const language = (): Promise<Ask> => (started ??= startWorker());

/** Kinds of TypeScript's completions as the editor's icons. */
const icons: Readonly<Record<string, string>> = {
  function: "function",
  method: "method",
  "local function": "function",
  const: "variable",
  let: "variable",
  var: "variable",
  parameter: "variable",
  property: "property",
  getter: "property",
  interface: "interface",
  type: "type",
  class: "class",
  keyword: "keyword",
  module: "namespace",
  alias: "namespace",
};

function tooltip(info: Info): HTMLElement {
  const dom = document.createElement("div");
  dom.className = "cm-type-info";
  const code = dom.appendChild(document.createElement("code"));
  code.textContent = info.signature.length > 600 ? `${info.signature.slice(0, 600)} …` : info.signature;
  if (info.text !== "") dom.appendChild(document.createElement("div")).textContent = info.text;
  return dom;
}

const completion: CompletionSource = async (context: CompletionContext) => {
  const word = context.matchBefore(/[\w$]*/);
  const before = context.state.sliceDoc(Math.max(0, (word?.from ?? 0) - 1), word?.from ?? 0);
  if (!context.explicit && before !== "." && (word === null || word.from === word.to)) return null;
  const ask = await language();
  const code = context.state.doc.toString();
  const found = await ask("completions", code, context.pos);
  if (context.aborted) return null;
  const options = found.map(({ label, kind }): Option => ({
    label,
    type: icons[kind] ?? "text",
    info: async () => {
      const info = await ask("details", code, context.pos, label);
      return info === null ? null : tooltip(info);
    },
  }));
  return { from: word?.from ?? context.pos, options, validFor: /^[\w$]*$/ };
};

/** What the editor gets from the language service. */
export const languageSupport = {
  completion,
  extensions: [
    hoverTooltip(async (view, pos) => {
      const info = await (await language())("hover", view.state.doc.toString(), pos);
      return info === null ? null : { pos: info.from, end: info.to, create: () => ({ dom: tooltip(info) }) };
    }),
    linter(
      async (view) => {
        // the first look waits until the reader does something here
        if (started === undefined && !view.hasFocus) return [];
        const length = view.state.doc.length;
        const found = await (await language())("problems", view.state.doc.toString(), 0);
        return found.filter((p) => p.to <= length).map((p) => ({ ...p }));
      },
      { delay: 500, needsRefresh: (update) => update.focusChanged },
    ),
    EditorView.domEventHandlers({ focus: () => void language() }),
  ] satisfies Extension,
};
