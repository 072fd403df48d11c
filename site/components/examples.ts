/** @file The programs that the playground begins with. The first line of each says what it is. */
export interface Example {
  readonly name: string;
  readonly title: string;
  readonly code: string;
}

const texts = import.meta.glob<string>(["../playground/*.ts", "!../playground/*.d.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
});

export const examples: readonly Example[] = Object.entries(texts).map(([path, code]) => ({
  name: path.replace(/^.*\/|\.ts$/g, ""),
  title: /^\/\/ (.*)/.exec(code)![1],
  code,
}));
