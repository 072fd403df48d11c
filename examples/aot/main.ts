/**
 * @file Ahead of time (`npm run examples aot`): two programs as modules, their sizes, and what they do without the library.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type ExportOptions, type ExportedModule, compileDeclared } from "../../src/aot/index.ts";
import { type Array, numpy as np, random } from "../../src/index.ts";
import { loadDigits } from "../digits/data.ts";
import * as bundleAdjustment from "./bundle-adjustment.ts";
import * as digits from "./digits.ts";

/** The programs, each a file of functions declared with `aot`. */
export const programs = { digits, "bundle-adjustment": bundleAdjustment } as const;

/** A program as a module. */
export function build(name: keyof typeof programs, options: ExportOptions): ExportedModule {
  return compileDeclared(programs[name], { fileName: `${name}.wasm`, ...options })!;
}

/** Bytes that are sent over a network. */
export const sentBytes = ({ js, wasm }: ExportedModule): number =>
  gzipSync(js).length + (wasm === undefined ? 0 : gzipSync(wasm).length);

/** The functions of the modules, as their declarations type them. */
interface DigitsModule {
  initialise(key: Uint32Array): { params: object; state: object };
  step(now: object, batch: object, out?: object): { loss: number; params: object; state: object };
}
interface Scene {
  readonly cameras: Float64Array;
  readonly points: Float64Array;
}
interface BundleModule {
  observe(scene: Scene): Float64Array;
  adjust(scene: Scene, seen: Float64Array, lambda: number): Scene & { before: number; after: number };
}

/** The losses of some steps of training, each of which writes over the parameters of the one before. */
export function train(module: DigitsModule, steps: number): number[] {
  const { train: data } = loadDigits(360, 0);
  const images = data.images.dataSync("float32");
  const labels = data.labels.dataSync("int32");
  const now = module.initialise(Uint32Array.of(0, 1));
  const { batchSize } = digits;
  return globalThis.Array.from({ length: steps }, (_, i) => {
    const from = (i % Math.floor(labels.length / batchSize)) * batchSize;
    const batch = {
      images: images.subarray(from * 64, (from + batchSize) * 64),
      labels: labels.subarray(from, from + batchSize),
    };
    return module.step(now, batch, now).loss;
  });
}

/** A scene, and what is known of it before the adjustment. */
export function exampleScene(): { truth: Scene; guess: Scene } {
  const { numCameras, numPoints } = bundleAdjustment;
  const keys = [0, 1, 2].map((i) => random.key(i));
  const turns = np.linspace(-0.4, 0.4, numCameras);
  const still = np.zeros([numCameras]);
  const truth = {
    cameras: np.stack(
      [still, turns, still, turns.mul(2), still, still.sub(6), still.add(500), still, still],
      1,
    ),
    points: random.uniform(keys[0], [numPoints, 3], { minval: -1, maxval: 1 }),
  };
  const scale = np.array([0.02, 0.02, 0.02, 0.05, 0.05, 0.05, 5, 0, 0]);
  const plain = (x: { cameras: Array; points: Array }): Scene => ({
    cameras: x.cameras.dataSync("float64"),
    points: x.points.dataSync("float64"),
  });
  return {
    truth: plain(truth),
    guess: plain({
      cameras: truth.cameras.add(random.normal(keys[1], [numCameras, 9]).mul(scale)),
      points: truth.points.add(random.normal(keys[2], [numPoints, 3]).mul(0.05)),
    }),
  };
}

/** The sums of squares of some steps of the adjustment; a step that does not help is damped more. */
export function adjustScene(module: BundleModule, steps: number): number[] {
  const { truth, guess } = exampleScene();
  const seen = module.observe(truth);
  let now = guess;
  let lambda = 1e-3;
  return globalThis.Array.from({ length: steps }, () => {
    const next = module.adjust(now, seen, lambda);
    const better = next.after < next.before;
    lambda *= better ? 0.2 : 10;
    if (better) now = next;
    return Math.min(next.before, next.after);
  });
}

/** Writes both modules to `examples/out/aot` and runs them. */
export async function run(): Promise<{
  losses: number[];
  costs: number[];
  bytes: Readonly<Record<string, number>>;
}> {
  const folder = new URL("../out/aot/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("package.json", folder), '{ "type": "module" }');
  const bytes: Record<string, number> = {};
  const written = async (name: keyof typeof programs, format: "js" | "wasm"): Promise<unknown> => {
    const module = build(name, { format });
    const file = new URL(`${name}-${format}.js`, folder);
    writeFileSync(file, module.js);
    writeFileSync(new URL(`${name}-${format}.d.ts`, folder), module.dts);
    if (module.wasm !== undefined) writeFileSync(new URL(`${name}.wasm`, folder), module.wasm);
    bytes[`${name} ${format}`] = sentBytes(module);
    console.log(`${fileURLToPath(file)}: ${(sentBytes(module) / 1000).toFixed(1)} kB sent`);
    return import(file.href);
  };
  await written("digits", "js");
  await written("bundle-adjustment", "js");
  const losses = train((await written("digits", "wasm")) as DigitsModule, 44);
  console.log(
    `digits: loss ${losses[0].toFixed(3)} → ${losses.at(-1)!.toFixed(3)} after ${losses.length} steps`,
  );
  const costs = adjustScene((await written("bundle-adjustment", "wasm")) as BundleModule, 12);
  console.log(
    `bundle adjustment: ${costs[0].toFixed(1)} → ${costs.at(-1)!.toExponential(1)} in ${costs.length} steps`,
  );
  return { losses, costs, bytes };
}
