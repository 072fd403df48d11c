/** @file The editor of the playground: CodeMirror, in the colours of the site. */
import { autocompletion } from "@codemirror/autocomplete";
import { indentWithTab } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import { languageSupport } from "./language.ts";

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.regexp], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.comment], color: "var(--code-comment)" },
  { tag: [tags.typeName, tags.className], color: "var(--code-type)" },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName)],
    color: "var(--code-function)",
  },
]);

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "13.5px", backgroundColor: "transparent", color: "var(--vp-c-text-1)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--vp-font-family-mono)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--vp-c-text-1)", padding: "12px 0" },
  ".cm-cursor": { borderLeftColor: "var(--vp-c-text-1)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--vp-c-text-2)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--code-line)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--code-selection)",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--vp-c-bg-elv)",
    color: "var(--vp-c-text-1)",
    border: "1px solid var(--vp-c-divider)",
    borderRadius: "8px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--vp-c-brand-3)",
    color: "#fff",
  },
  ".cm-type-info": { maxWidth: "34rem", padding: "8px 12px", whiteSpace: "pre-wrap", fontSize: "13px" },
  ".cm-type-info code": { fontFamily: "var(--vp-font-family-mono)" },
  ".cm-matchingBracket": { backgroundColor: "var(--code-selection) !important" },
});

export interface Editor {
  code(): string;
  set(code: string): void;
  destroy(): void;
}

/** An editor in an element. `onRun` is called for Ctrl+Enter. */
export function makeEditor(
  parent: HTMLElement,
  code: string,
  onRun: () => void,
  onChange: () => void,
): Editor {
  const run = (): boolean => {
    onRun();
    return true;
  };
  const view = new EditorView({
    parent,
    doc: code,
    extensions: [
      keymap.of([{ key: "Mod-Enter", run }, indentWithTab]),
      basicSetup,
      javascript({ typescript: true }),
      syntaxHighlighting(colours),
      autocompletion({ override: [languageSupport.completion] }),
      languageSupport.extensions,
      look,
      EditorView.contentAttributes.of({ "aria-label": "program", tabindex: "0" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) onChange();
      }),
    ],
  });
  return {
    code: () => view.state.doc.toString(),
    set: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    destroy: () => view.destroy(),
  };
}
