declare module "virtual:modules" {
  /** The modules that programs can import, by name. */
  export const modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
