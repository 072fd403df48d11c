/**
 * @file A picture of the plane that is computed in tiles, coarse ones first, for a few milliseconds in every frame; what is
 * known already is shown until there is better. Drag moves, tap and wheel zoom.
 */
import { Picture } from "./picture.ts";
import type { Point, Stage } from "./stage.ts";

type Paint = (i: number, red: number, green: number, blue: number) => void;
/** Computes a tile from its lower left corner, `step` apart in both directions. */
type Compute = (x: number, y: number, step: number, paint: Paint) => void;

/** One picture of the whole canvas at a number of pixels for each point, with the part of the plane that it shows. */
interface Layer {
  readonly picture: Picture;
  readonly left: number;
  readonly top: number;
  readonly step: number;
}

const coarseness = [8, 4, 2, 1];
const budget = 8;

export class Progressive {
  points = 0;
  /** Points a second, lately. */
  rate = 0;
  half = 1;
  private center: Point = { x: 0, y: 0 };
  private aim = 1;
  private held: Point | undefined;
  private layers: Layer[] = [];
  private old: Layer[] = [];
  private work: (() => void)[] = [];
  private size = "";
  private readonly stage: Stage;
  private readonly tile: number;
  private readonly compute: Compute;

  constructor(stage: Stage, tile: number, compute: Compute) {
    [this.stage, this.tile, this.compute] = [stage, tile, compute];
    let moved = 0;
    stage.drag({
      down: () => (moved = 0),
      move: (to, from) => {
        moved += Math.hypot(to.x - from.x, to.y - from.y);
        if (moved < 5) return;
        const { x, y } = this.center;
        this.center = { x: x - (to.x - from.x) * this.pixel, y: y + (to.y - from.y) * this.pixel };
        this.again();
      },
      up: (at) => moved < 5 && this.zoom(0.4, at),
    });
    stage.wheel((at, turns) => this.zoom(Math.exp(turns), at));
  }

  /** How far a CSS pixel is in the plane. */
  get pixel(): number {
    return (2 * this.half) / Math.min(this.stage.width, this.stage.height);
  }

  get done(): boolean {
    return this.layers.length > 0 && this.work.length === 0;
  }

  go(center: Point, half: number): void {
    [this.center, this.half, this.aim, this.held] = [center, half, half, undefined];
    this.again();
  }

  /** Zooms smoothly, with the point under `at` in its place. */
  zoom(factor: number, at?: Point): void {
    this.aim = Math.max(1e-13, Math.min(1.3, this.aim * factor));
    this.held = at;
    this.stage.wake();
  }

  /** Everything is to be computed anew. */
  again(): void {
    if (this.layers.some((l) => l.step >= 0) && this.work.length < this.tilesOf(coarseness[0]))
      this.old = this.layers;
    this.layers = [];
    this.stage.wake();
  }

  private tilesOf(coarse: number): number {
    const { width, height } = this.stage;
    return Math.ceil(width / coarse / this.tile) * Math.ceil(height / coarse / this.tile);
  }

  private plan(): void {
    const { stage, tile, pixel, center } = this;
    const [left, top] = [center.x - (stage.width / 2) * pixel, center.y + (stage.height / 2) * pixel];
    this.work = [];
    const fine = coarseness.map((c) => c / Math.min(2, devicePixelRatio));
    this.layers = fine.map((coarse) => {
      const [columns, rows] = [stage.width, stage.height].map((s) => Math.ceil(s / coarse));
      const layer = { picture: new Picture(columns, rows), left, top, step: coarse * pixel };
      const tiles: (readonly [number, number])[] = [];
      for (let y = 0; y < rows; y += tile) for (let x = 0; x < columns; x += tile) tiles.push([x, y]);
      const away = ([x, y]: readonly [number, number]): number =>
        Math.hypot(x + tile / 2 - columns / 2, y + tile / 2 - rows / 2);
      tiles.sort((a, b) => away(a) - away(b));
      this.work.push(
        ...tiles.map(
          ([x, y]) =>
            () =>
              this.fill(layer, x, y),
        ),
      );
      return layer;
    });
  }

  private fill({ picture, left, top, step }: Layer, x0: number, y0: number): void {
    const { tile } = this;
    const { width, height, pixels } = picture;
    this.points += tile * tile;
    this.compute(left + (x0 + 0.5) * step, top - (y0 + tile - 0.5) * step, step, (i, r, g, b) => {
      const [x, y] = [x0 + (i % tile), y0 + tile - 1 - Math.floor(i / tile)];
      if (x >= width || y >= height) return;
      const at = 4 * (y * width + x);
      [pixels[at], pixels[at + 1], pixels[at + 2], pixels[at + 3]] = [r, g, b, 255];
    });
  }

  /** Works and draws; false when there is nothing left to do. */
  draw(seconds: number): boolean {
    const { stage } = this;
    const size = `${stage.width} ${stage.height}`;
    if (size !== this.size) this.again();
    this.size = size;
    if (Math.abs(Math.log(this.aim / this.half)) > 1e-3) {
      const before = this.pixel;
      this.half *= (this.aim / this.half) ** Math.min(1, 9 * seconds);
      if (Math.abs(Math.log(this.aim / this.half)) < 2e-3) this.half = this.aim;
      const change = before - this.pixel;
      const at = this.held ?? { x: stage.width / 2, y: stage.height / 2 };
      const { x, y } = this.center;
      this.center = { x: x + (at.x - stage.width / 2) * change, y: y - (at.y - stage.height / 2) * change };
      this.again();
    }
    if (this.layers.length === 0) this.plan();
    const [begin, before] = [performance.now(), this.points];
    let used = 0;
    while (used < this.work.length && performance.now() - begin < budget) this.work[used++]();
    this.work.splice(0, used);
    if (used > 0) this.rate = (1000 * (this.points - before)) / (performance.now() - begin);
    for (const layer of [...this.old, ...this.layers]) this.show(layer);
    return this.work.length > 0 || this.aim !== this.half;
  }

  private show({ picture, left, top, step }: Layer): void {
    const { stage, pixel, center } = this;
    const scale = step / pixel;
    const x = (left - center.x) / pixel + stage.width / 2;
    const y = (center.y - top) / pixel + stage.height / 2;
    picture.draw(stage.context, x, y, picture.width * scale, picture.height * scale, scale > 1.01);
  }
}
