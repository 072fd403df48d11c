/**
 * @file Programs kept as files of a directory, in Node, Deno and Bun. A file bears the digest of its key, and begins with the
 * digest of all that follows. It is written under another name and then renamed, so that no one reads half of one. Files with
 * other names are not touched.
 */
import { ArgumentError } from "../../base/errors.ts";
import { hostFailure, nodeModule } from "../../base/host.ts";
import { type Store, digestBytes, hexOf, mostBytes, signed } from "./kept.ts";

interface FileSystem {
  mkdirSync(path: string, options: { readonly recursive: boolean }): unknown;
  readdirSync(path: string): readonly string[];
  readFileSync(path: string): Uint8Array;
  writeFileSync(path: string, bytes: Uint8Array, options: { readonly mode: number }): void;
  renameSync(from: string, to: string): void;
  rmSync(path: string, options: { readonly force: boolean }): void;
  statSync(path: string): { readonly size: number; readonly mtimeMs: number; isFile(): boolean };
  utimesSync(path: string, accessed: Date, modified: Date): void;
}

interface Crypto {
  createHash(name: "sha256"): { update(data: Uint8Array | string): { digest(): Uint8Array } };
}

interface Paths {
  resolve(...parts: readonly string[]): string;
  join(...parts: readonly string[]): string;
}

/** The number of this process: no two write one file. */
const processNumber = (): number =>
  (globalThis as unknown as { readonly process?: { readonly pid?: number } }).process?.pid ?? 0;

const ownName = /^[0-9a-f]{64}\.adjoint$/;
const unfinishedName = /^[0-9a-f]{64}\.adjoint\.\d+-\d+$/;
/** What is not renamed within an hour, whoever wrote it has died. */
const hour = 3_600_000;
/** What is left when there was too much. */
const kept = 0.75;

class Directory implements Store {
  readonly #fs: FileSystem;
  readonly #crypto: Crypto;
  readonly #paths: Paths;
  readonly #path: string;
  /** Bytes of all files, as far as this process knows. */
  #bytes = 0;
  #writes = 0;

  constructor(fs: FileSystem, crypto: Crypto, paths: Paths, path: string) {
    this.#fs = fs;
    this.#crypto = crypto;
    this.#paths = paths;
    this.#path = paths.resolve(path);
  }

  #digest(data: Uint8Array | string): Uint8Array {
    return this.#crypto.createHash("sha256").update(data).digest();
  }

  #file(key: string): string {
    return this.#paths.join(this.#path, `${hexOf(this.#digest(key))}.adjoint`);
  }

  #replace(file: string, bytes: Uint8Array): void {
    const unfinished = `${file}.${processNumber()}-${this.#writes++}`;
    try {
      this.#fs.writeFileSync(unfinished, bytes, { mode: 0o600 });
      this.#fs.renameSync(unfinished, file);
    } catch (e) {
      this.#fs.rmSync(unfinished, { force: true });
      throw e;
    }
  }

  /** Makes the directory, and throws what the host throws if it cannot be written to. */
  open(): void {
    this.#fs.mkdirSync(this.#path, { recursive: true });
    const probe = this.#file("probe");
    this.#replace(probe, new Uint8Array(digestBytes));
    this.#fs.rmSync(probe, { force: true });
    this.#tidy();
  }

  /** Counts the files' bytes, and removes the least recently used files if there are too many, and what was left unfinished. */
  #tidy(): void {
    const files: { readonly file: string; readonly size: number; readonly mtimeMs: number }[] = [];
    for (const name of this.#fs.readdirSync(this.#path)) {
      if (!ownName.test(name) && !unfinishedName.test(name)) continue;
      const file = this.#paths.join(this.#path, name);
      try {
        const stat = this.#fs.statSync(file);
        if (!stat.isFile()) continue;
        if (ownName.test(name)) files.push({ file, size: stat.size, mtimeMs: stat.mtimeMs });
        else if (Date.now() - stat.mtimeMs > hour) this.#fs.rmSync(file, { force: true });
      } catch {
        // Another process has removed it.
      }
    }
    this.#bytes = files.reduce((n, { size }) => n + size, 0);
    if (this.#bytes <= mostBytes) return;
    for (const { file, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (this.#bytes <= kept * mostBytes) break;
      this.#fs.rmSync(file, { force: true });
      this.#bytes -= size;
    }
  }

  read(key: string): Uint8Array | null {
    const file = this.#file(key);
    try {
      const all = this.#fs.readFileSync(file);
      const bytes = all.subarray(digestBytes);
      if (!this.#digest(bytes).every((b, i) => b === all[i])) return null;
      const now = new Date();
      this.#fs.utimesSync(file, now, now);
      return bytes;
    } catch {
      return null;
    }
  }

  write(key: string, bytes: Uint8Array): void {
    if (digestBytes + bytes.length > mostBytes / 4) return;
    const all = signed(bytes, this.#digest(bytes));
    try {
      this.#replace(this.#file(key), all);
      this.#bytes += all.length;
      if (this.#bytes > mostBytes) this.#tidy();
    } catch {
      // The disk is full, or the directory gone: the program runs without.
    }
  }
}

/** @throws FileError if the directory cannot be made, or written to */
export async function openDirectory(path: string): Promise<Store> {
  if (path.includes("\0"))
    throw new ArgumentError("init: cache is the path of a directory; got one with a zero byte.");
  const [fs, crypto, paths] = await Promise.all(["fs", "crypto", "path"].map(nodeModule));
  const directory = new Directory(fs as FileSystem, crypto as Crypto, paths as Paths, path);
  try {
    directory.open();
  } catch (reason) {
    throw hostFailure(
      `init: cache: the directory ${JSON.stringify(path)} cannot be written to`,
      reason,
      " Name one that can, or leave the option out.",
    );
  }
  return directory;
}
