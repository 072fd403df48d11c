/**
 * @file The API reference: TypeDoc reads the public entry points, and what it finds is written as one page for each
 * namespace, large ones by the folders of their sources. Examples can be run, with the names of their namespace in scope.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  Application,
  type Comment,
  type CommentDisplayPart,
  type DeclarationReflection,
  type ProjectReflection,
  ReferenceReflection,
  ReflectionKind,
} from "typedoc";
import { root } from "./library.ts";
import { declarationText, declaredText, typeText } from "./signatures.ts";

interface Page {
  readonly path: string;
  readonly title: string;
  readonly intro: string;
  /** The namespace whose names examples may use. */
  readonly names: string;
  readonly members: readonly DeclarationReflection[];
}

/** Namespaces with more names are split by folders. */
const large = 150;

async function read(): Promise<ProjectReflection> {
  const app = await Application.bootstrap({
    entryPoints: ["src/index.ts", "src/testing.ts", "src/aot/index.ts"].map((f) => join(root, f)),
    tsconfig: join(root, "tsconfig.build.json"),
    basePath: root,
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    skipErrorChecking: true,
    disableGit: true,
    sourceLinkTemplate: "{path}",
    readme: "none",
    logLevel: "Error",
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("TypeDoc could not read the sources.");
  return project;
}

const isSpace = (r: DeclarationReflection): boolean =>
  r.kindOf([ReflectionKind.Namespace, ReflectionKind.Module]);
const textOf = (parts: readonly CommentDisplayPart[]): string =>
  parts
    .map((p) => (p.kind === "text" ? p.text.replaceAll("<", "&lt;").replaceAll("{{", "{&#123;") : p.text))
    .join("")
    .trim();

/** The comment of a name: a function's may stand at its first signature. */
const commentOf = (r: DeclarationReflection): Comment | undefined =>
  r.comment ?? r.signatures?.find((s) => s.comment !== undefined)?.comment;

const summaryOf = (r: DeclarationReflection): string => {
  const text = textOf(commentOf(r)?.summary ?? [])
    .split("\n\n")[0]
    .replaceAll("\n", " ");
  return text.replaceAll("|", "\\|");
};

function signatureOf(r: DeclarationReflection): string {
  if (r.signatures !== undefined) {
    const places = r.signatures.map((s) => s.sources?.[0]);
    const texts = places.map(declarationText).filter((t) => t !== null);
    if (texts.length > 0) return [...new Set(texts)].join("\n");
    return r.signatures.map((s) => `${s.name}: ${typeText(s.type!)};`).join("\n");
  }
  if (r.kindOf([ReflectionKind.Interface, ReflectionKind.TypeAlias]))
    return declarationText(r.sources?.[0]) ?? "";
  if (r.type === undefined) return "";
  return declaredText(r.name, r.type) ?? `const ${r.name}: ${typeText(r.type)};`;
}

const fenced = (language: string, code: string): string => `\`\`\`${language}\n${code}\n\`\`\``;

/** The members of a class, but for those that it shares with all errors. */
function membersOf(r: DeclarationReflection): string {
  const shown = (r.children ?? []).filter(
    (c) => !c.kindOf(ReflectionKind.Constructor) && c.inheritedFrom === undefined && !c.name.startsWith("["),
  );
  if (shown.length === 0 || !r.kindOf(ReflectionKind.Class)) return "";
  const rows = shown.map(
    (c) => `| \`${c.name}${c.signatures === undefined ? "" : "()"}\` | ${summaryOf(c) || typeOf(c)} |`,
  );
  return ["| member | |", "| --- | --- |", ...rows].join("\n");
}
const typeOf = (r: DeclarationReflection): string =>
  r.type === undefined ? "" : `\`${typeText(r.type).replaceAll("|", "\\|")}\``;

function entry(r: DeclarationReflection, names: string, anchor: string): string {
  const comment = commentOf(r);
  const tag = (name: string): string[] =>
    (comment?.blockTags ?? []).filter((t) => t.tag === name).map((t) => textOf(t.content));
  const code = (text: string): string => text.replace(/^```\w*\n|\n```$/g, "");
  const signature = signatureOf(r);
  const parts = [
    `## ${r.name.replaceAll("_", "\\_")} {#${anchor}}`,
    signature === "" ? "" : fenced("typescript", signature),
    textOf(comment?.summary ?? []),
    ...tag("@returns").map((t) => `**Returns** ${t}`),
    ...tag("@throws").map((t) => `**Throws** ${t}`),
    ...tag("@see").map((t) => `**See** ${t}`),
    ...tag("@example").map((t) => fenced(`ts alone in=${names}`, code(t))),
    membersOf(r),
  ];
  return parts.filter((p) => p !== "").join("\n\n");
}

const rank = (r: DeclarationReflection): number =>
  r.kindOf([ReflectionKind.Function, ReflectionKind.Variable]) ? 0 : r.kindOf(ReflectionKind.Class) ? 1 : 2;

function pageText(page: Page): string {
  const sorted = [...page.members].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  const own = sorted.filter((r) => !(r instanceof ReferenceReflection));
  const aliases = sorted.filter((r) => r instanceof ReferenceReflection);
  const also = aliases.map(
    (r) =>
      `\`${r.name}\` (${r
        .getTargetReflection()
        .getFullName()
        .replace(/^src(?:\/\w+)?\.?/, "")})`,
  );
  const parts = [
    `---\noutline: 2\n---\n\n# ${page.title} {#top-of-page}`,
    page.intro,
    ...own.map((r, i) => {
      // a value and a type may share a name
      const earlier = own.slice(0, i).filter((o) => o.name.toLowerCase() === r.name.toLowerCase()).length;
      return entry(r, page.names, earlier === 0 ? r.name : `${r.name}-${earlier + 1}`);
    }),
    also.length === 0 ? "" : `## Other names {#other-names}\n\n${also.join(", ")}`,
  ];
  return `${parts.filter((p) => p !== "").join("\n\n")}\n`;
}

const folderOf = (r: DeclarationReflection): string => {
  const path = r.sources?.[0]?.fileName.split("/") ?? [];
  return path.length > 3 ? path[2] : "";
};

/** The pages of a namespace and of those in it. */
function pagesOf(space: DeclarationReflection, name: string): Page[] {
  const members = (space.children ?? []).filter((c) => !isSpace(c));
  const inner = (space.children ?? []).filter(isSpace);
  const path = name === "" ? "adjoint" : name.replaceAll(".", "/");
  const title = name === "" ? "adjoint" : name;
  const folders = members.length > large ? [...new Set(members.map(folderOf))] : [];
  const taken = new Set(inner.map((c) => c.name));
  const split = folders
    .map((folder) => [folder, members.filter((m) => folderOf(m) === folder)] as const)
    .filter(([folder, all]) => folder !== "" && all.length > 4 && !taken.has(folder));
  const rest = members.filter((m) => !split.some(([, all]) => all.includes(m)));
  const pages = split
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([folder, all]): Page => ({
      path: `${path}/${folder}`,
      title: `${title}: ${folder}`,
      intro: "",
      names: name,
      members: all,
    }));
  const parts = [
    ...pages.map((p) => [p.title, p.path]),
    ...inner.map((c) => [
      name === "" ? c.name : `${name}.${c.name}`,
      name === "" ? c.name : `${path}/${c.name}`,
    ]),
  ];
  const links = name === "" ? "" : parts.map(([text, to]) => `[${text}](/api/${to}.html)`).join(" · ");
  const intro = [textOf(space.comment?.summary ?? []), links].filter((t) => t !== "").join("\n\n");
  return [
    { path, title, intro, names: name, members: rest },
    ...pages,
    ...inner.flatMap((c) => pagesOf(c, name === "" ? c.name : `${name}.${c.name}`)),
  ];
}

function index(pages: readonly Page[]): string {
  const lists = pages.map((p) => {
    const names = [...new Set(p.members.map((m) => m.name))].sort((a, b) => a.localeCompare(b));
    const links = names.map((n) => {
      const alias = p.members.find((m) => m.name === n) instanceof ReferenceReflection;
      return `[${n.replaceAll("_", "\\_")}](/api/${p.path}.html#${alias ? "other-names" : n})`;
    });
    return `## [${p.title}](/api/${p.path}.html)\n\n${links.join(" · ")}`;
  });
  return `---\noutline: 2\n---\n\n# API\n\nEvery public name, by namespace. Examples run in place.\n\n${lists.join("\n\n")}\n`;
}

/** Writes the pages into a folder, and their sidebar into a file. */
export async function makeApi(folder: string, sidebar: string): Promise<void> {
  const project = await read();
  const modules = project.children ?? [];
  const moduleOf = (name: string): DeclarationReflection => {
    const found = modules.find((m) => m.name === name);
    if (found === undefined)
      throw new Error(`TypeDoc has no module ${name}: ${modules.map((m) => m.name).join(", ")}`);
    return found;
  };
  const pages = [
    ...pagesOf(moduleOf("src"), ""),
    ...pagesOf(moduleOf("src/aot"), "aot"),
    ...pagesOf(moduleOf("src/testing"), "testing"),
  ];
  rmSync(folder, { recursive: true, force: true });
  const files = new Map([
    ["index", index(pages)],
    ...pages.map((p): [string, string] => [p.path, pageText(p)]),
  ]);
  for (const [path, text] of files) {
    const file = join(folder, `${path}.md`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const item = (p: Page) => ({ text: p.title.replace(/^.*: /, ""), link: `/api/${p.path}` });
  const isInner = (p: Page, of: Page): boolean => p !== of && p.path.startsWith(`${of.path}/`);
  const top = pages.filter((p) => !p.path.includes("/"));
  const items = top.map((p) => {
    const inner = pages.filter((q) => isInner(q, p)).map(item);
    return inner.length === 0 ? item(p) : { ...item(p), collapsed: true, items: inner };
  });
  writeFileSync(
    sidebar,
    JSON.stringify([{ text: "API", items: [{ text: "All names", link: "/api/" }, ...items] }]),
  );
}
