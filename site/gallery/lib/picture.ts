/** @file A small picture, set pixel by pixel and drawn at any size. */

export class Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, opacity of each pixel, row by row. */
  readonly pixels: Uint8ClampedArray;
  private readonly canvas: HTMLCanvasElement;
  private readonly image: ImageData;

  constructor(width: number, height: number) {
    this.canvas = document.createElement("canvas");
    [this.canvas.width, this.canvas.height] = [this.width, this.height] = [width, height];
    this.image = this.canvas.getContext("2d")!.createImageData(width, height);
    this.pixels = this.image.data;
  }

  /** Colours each pixel by its value, 0 … 1, with a table of `ramp`. */
  shade(values: ArrayLike<number>, table: Uint8Array): void {
    const { pixels } = this;
    for (let i = 0; i < this.width * this.height; i++) {
      const c = 3 * Math.max(0, Math.min(255, Math.round(255 * values[i])));
      for (let k = 0; k < 3; k++) pixels[4 * i + k] = table[c + k];
      pixels[4 * i + 3] = 255;
    }
  }

  draw(
    context: CanvasRenderingContext2D,
    x: number,
    y: number,
    width: number,
    height: number,
    smooth = true,
  ): void {
    this.canvas.getContext("2d")!.putImageData(this.image, 0, 0);
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.canvas, x, y, width, height);
  }
}
