/**
 * @file Programs kept in a browser's Cache API. It answers late, and programs are compiled at once, so all that a cache holds
 * is read when it is opened, and what is new is written behind. A response bears the digest of its key in its address.
 *
 * Engines keep the machine code of modules above a size (Chromium: 128 KiB) that they compile from responses; these are far
 * smaller, so bytes are all there is to gain.
 */
import { FileError } from "../../base/errors.ts";
import { hostFailure } from "../../base/host.ts";
import { keyOfBytes } from "./format.ts";
import { type Store, digestBytes, hexOf, mostBytes, signed } from "./kept.ts";

interface ResponseLike {
  arrayBuffer(): Promise<ArrayBuffer>;
}

interface CacheLike {
  keys(): Promise<readonly { readonly url: string }[]>;
  match(request: object | string): Promise<ResponseLike | undefined>;
  put(request: object | string, response: ResponseLike): Promise<void>;
  delete(request: object | string): Promise<boolean>;
}

interface Host {
  readonly caches?: { open(name: string): Promise<CacheLike> };
  readonly crypto?: {
    readonly subtle?: { digest(name: "SHA-256", data: Uint8Array): Promise<ArrayBuffer> };
  };
  readonly Response: new (body: Uint8Array) => ResponseLike;
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
}

const host = globalThis as unknown as Host;

/** Never fetched: a name under which the Cache API keeps something must look like an address. */
const addresses = "https://adjoint.invalid/";

async function digest(data: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await host.crypto!.subtle!.digest("SHA-256", data));
}

async function addressOf(key: string): Promise<string> {
  const bytes = await digest(new host.TextEncoder().encode(key));
  return addresses + hexOf(bytes);
}

class BrowserCache implements Store {
  readonly #cache: CacheLike;
  readonly #programs = new Map<string, Uint8Array>();
  #writing: Promise<unknown> = Promise.resolve();
  #bytes = 0;

  constructor(cache: CacheLike) {
    this.#cache = cache;
  }

  /** Reads what there is, latest first, up to the bound; the rest is removed. */
  async open(): Promise<void> {
    for (const { url } of [...(await this.#cache.keys())].reverse()) {
      if (!url.startsWith(addresses)) continue;
      const bytes = this.#bytes < mostBytes ? await this.#load(url) : null;
      const key = bytes === null ? null : keyOfBytes(bytes);
      if (bytes === null || key === null) await this.#cache.delete(url);
      else {
        this.#programs.set(key, bytes);
        this.#bytes += bytes.length;
      }
    }
  }

  /** What is kept there, unharmed; else null. */
  async #load(url: string): Promise<Uint8Array | null> {
    const response = await this.#cache.match(url);
    if (response === undefined) return null;
    const all = new Uint8Array(await response.arrayBuffer());
    const bytes = all.subarray(digestBytes);
    const found = await digest(bytes);
    return found.every((b, i) => b === all[i]) ? bytes : null;
  }

  read(key: string): Uint8Array | null {
    return this.#programs.get(key) ?? null;
  }

  write(key: string, bytes: Uint8Array): void {
    if (this.#bytes + bytes.length > mostBytes) return;
    this.#programs.set(key, bytes);
    this.#bytes += bytes.length;
    this.#writing = this.#writing.then(() => this.#put(key, bytes)).catch(() => undefined);
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    const all = signed(bytes, await digest(bytes));
    await this.#cache.put(await addressOf(key), new host.Response(all));
  }
}

/** @throws FileError if the host has no Cache API here, or does not open it */
export async function openBrowserCache(name: string): Promise<Store> {
  if (host.caches === undefined || host.crypto?.subtle === undefined)
    throw new FileError(
      "init: cache: this host has neither files nor the Cache API, which browsers have on pages that come by https or from " +
        "localhost. Leave the option out.",
    );
  try {
    const cache = new BrowserCache(await host.caches.open(name));
    await cache.open();
    return cache;
  } catch (reason) {
    throw hostFailure(`init: cache: the browser does not open the cache ${JSON.stringify(name)}`, reason);
  }
}
