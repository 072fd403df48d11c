/** @file What the editor asks the language service (language.worker.ts), and what it gets. */

export interface Completion {
  readonly label: string;
  readonly kind: string;
}
export interface Problem {
  readonly from: number;
  readonly to: number;
  readonly message: string;
  readonly severity: "error" | "warning" | "info";
}
export interface Info {
  readonly from: number;
  readonly to: number;
  readonly signature: string;
  readonly text: string;
}

export interface Answers {
  completions: readonly Completion[];
  details: Info | null;
  hover: Info | null;
  problems: readonly Problem[];
}

export interface Question {
  readonly id: number;
  readonly ask: keyof Answers;
  readonly code: string;
  readonly at: number;
  /** For details: the name that is completed. */
  readonly name: string;
}
export type ToLanguage = { readonly types: Readonly<Record<string, string>> } | Question;
export interface FromLanguage {
  readonly id: number;
  readonly answer: Answers[keyof Answers];
}
