/**
 * @file Lint rules: type-aware, strict about `any`, lenient about what numeric kernels need
 * (non-null assertions, counting loops, numbers in template literals).
 *
 * No source file may switch a rule off: `noInlineConfig` makes such comments inert and reports them.
 */
import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/** Comments that must not stay in the code: they belong in an issue. */
const unfinished = { terms: ["todo", "fixme"], location: "start" };

/** A focused or skipped test silently shrinks the suite. */
const testModifiers = ["only", "skip", "todo", "fails"].map((name) => ({
  selector: `MemberExpression[object.name=/^(describe|it|test|suite)$/][property.name="${name}"]`,
  message: `.${name} hides a test: run single tests by name on the command line, and fix or delete broken ones.`,
}));

const restrictedSyntax = [
  {
    selector: "TSEnumDeclaration",
    message: "Use an `as const` object or a union of literals: types must be erasable.",
  },
  {
    selector: "ExportDefaultDeclaration",
    message: "Export by name: one name per thing, the same everywhere.",
  },
];

export default defineConfig(
  globalIgnores([
    "dist/",
    "build/",
    "examples/**/out/",
    "coverage/",
    "node_modules/",
    "site/dist/",
    "site/.made/",
    "site/.vitepress/cache/",
  ]),
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // types
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "separate-type-imports" }],
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", destructuredArrayIgnorePattern: "^_" },
      ],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/restrict-plus-operands": ["error", { allowNumberAndString: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/prefer-readonly": "error",

      // noise in numeric code, where indices are checked by shape and not by the compiler
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/prefer-for-of": "off",
      // `xs[i] ?? fallback` is right at run time although noUncheckedIndexedAccess is off
      "@typescript-eslint/no-unnecessary-condition": "off",
      // a generic that only appears in the return type is how options objects are typed
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // a class with only static members or a registry of functions is not a smell here
      "@typescript-eslint/no-extraneous-class": "off",
      // function-typed fields and `type` aliases are both used where they read better
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/unified-signatures": "off",
      // array methods are declared by an interface merged into the class and installed from one table
      "@typescript-eslint/no-unsafe-declaration-merging": "off",
      // a checked downcast (`x as Tracer`) is not a forged instance
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      // arrays implement toString; plain structures are printed by their printers
      "@typescript-eslint/no-base-to-string": "off",
      "@typescript-eslint/consistent-indexed-object-style": "off",

      // the language
      eqeqeq: "error",
      "no-console": "off",
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "object-shorthand": "error",
      "no-warning-comments": ["error", unfinished],
      "no-restricted-syntax": ["error", ...restrictedSyntax],
      "no-loss-of-precision": "error",
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "no-console": "error",
      "max-lines": ["error", { max: 600 }],
      "max-lines-per-function": ["error", { max: 120, skipComments: true, skipBlankLines: true }],
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["node:*", "fs", "path"], message: "The library runs in browsers too." }] },
      ],
    },
  },
  {
    // hooks of Node's loader, and nothing else
    files: ["src/plain/node/**/*.ts"],
    rules: { "no-restricted-imports": "off" },
  },
  {
    // generated JavaScript is what the JS backend makes; the architecture test allows one file to evaluate it
    files: ["src/loops/emit/javascript/**/*.ts"],
    rules: { "@typescript-eslint/no-implied-eval": "off" },
  },
  {
    // Binaryen declares its closures as methods: `m.f32x4.add` may be handed on
    files: ["src/loops/emit/wasm/**/*.ts"],
    rules: { "@typescript-eslint/unbound-method": "off" },
  },
  {
    // printing is what these do
    files: ["src/**/debug*.ts"],
    rules: { "no-console": "off" },
  },
  {
    files: ["test/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", ...restrictedSyntax, ...testModifiers] },
  },
  {
    // programs of the playground show the values of their statements
    files: ["site/playground/*.ts"],
    rules: { "@typescript-eslint/no-unused-expressions": "off" },
  },
  {
    // tools read their settings from the default export
    files: [
      "**/*.js",
      "vitest.config.ts",
      "vitest.browser.config.ts",
      "site/**/vite.config.ts",
      "site/.vitepress/**/*.ts",
      "site/**/*.{data,paths}.ts",
      "site/**/*.d.ts",
    ],
    languageOptions: { globals: { console: "readonly", process: "readonly" } },
    rules: { "no-restricted-syntax": "off" },
  },
);
