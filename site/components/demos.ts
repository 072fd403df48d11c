/** @file The programs of the gallery as modules, loaded when their page is opened. */

/** A program that runs in an element. */
export interface Demo {
  stop(): void;
  /** What it computed so far: for tests, and for the curious. */
  result(): unknown;
}

/** What each module of site/gallery exports. */
export interface DemoModule {
  readonly title: string;
  readonly summary: string;
  start(host: HTMLElement): Promise<Demo> | Demo;
  /** Throws if a result is not as it must be. */
  readonly check?: (result: unknown) => void;
}

const modules = import.meta.glob<DemoModule>(["../gallery/*.ts", "!../gallery/*.paths.ts"]);

export function loadDemo(name: string): Promise<DemoModule> {
  const load = modules[`../gallery/${name}.ts`];
  if (load === undefined) throw new Error(`The gallery has no program ${name}.`);
  return load();
}
