/** @file The gate of a session: who connects proves that it knows a token before anything else is heard. */
import { Channel, type Frame } from "./channel.ts";
import type { Secrets, Socket } from "./host.ts";

/** Who connects has so many milliseconds to prove that it knows the token. */
const patience = 10_000;

/** Where processes announce themselves: those started here and others have different tokens. */
export class Gate {
  readonly #secrets: Secrets;
  readonly #tokens: readonly [local: string, remote: string];
  readonly #waiting: { readonly channel: Channel; readonly isLocal: boolean }[] = [];
  #arrived: () => void = () => undefined;
  /** What becomes of what processes say after they were let in. */
  readonly hear = new Map<Channel, { receive(frame: Frame): void; closed(reason: string): void }>();

  constructor(found: Secrets, tokens: readonly [string, string]) {
    this.#secrets = found;
    this.#tokens = tokens;
  }

  readonly accept = (socket: Socket): void => {
    const { random, proof, equal } = this.#secrets;
    const nonce = random();
    const channel: Channel = new Channel(
      socket,
      (frame) => {
        const heard = this.hear.get(channel);
        if (heard !== undefined) {
          heard.receive(frame);
          return;
        }
        const { nonce: theirs, proof: shown } = frame.header;
        if (channel.trusted || typeof theirs !== "string" || typeof shown !== "string") {
          channel.close();
          return;
        }
        const k = this.#tokens.findIndex((token) => equal(shown, proof(token, "worker", nonce, theirs)));
        if (k === -1) {
          channel.close();
          return;
        }
        channel.trusted = true;
        channel.send({ proof: proof(this.#tokens[k], "leader", theirs, nonce) });
        this.#waiting.push({ channel, isLocal: k === 0 });
        this.#arrived();
      },
      (reason) => this.hear.get(channel)?.closed(reason),
    );
    channel.send({ nonce });
    const impatient = setTimeout(() => {
      if (!channel.trusted) channel.close();
    }, patience);
    if (typeof impatient === "object" && "unref" in impatient) impatient.unref();
  };

  /** The processes, those started here first, as soon as so many of both kinds are there. */
  async all(local: number, remote: number): Promise<readonly Channel[]> {
    const of = (isLocal: boolean, most: number): Channel[] =>
      this.#waiting.flatMap((w) => (w.isLocal === isLocal ? [w.channel] : [])).slice(0, most);
    for (;;) {
      const found = [...of(true, local), ...of(false, remote)];
      if (found.length === local + remote) return found;
      await new Promise<void>((done) => {
        this.#arrived = done;
      });
    }
  }
}
