/** @file A letter as a picture of numbers between 0 and 1, drawn by the browser, as large as fits. */

export function glyph(letter: string, width: number, height: number, part = 0.72): Float32Array {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  const size = (pixels: number): TextMetrics => {
    context.font = `bold ${pixels}px "DejaVu Sans", system-ui, sans-serif`;
    return context.measureText(letter);
  };
  const trial = size(100);
  const across = trial.actualBoundingBoxLeft + trial.actualBoundingBoxRight;
  const down = trial.actualBoundingBoxAscent + trial.actualBoundingBoxDescent;
  const m = size(100 * part * Math.min(width / across, height / down));
  const x = (width + m.actualBoundingBoxLeft - m.actualBoundingBoxRight) / 2;
  const y = (height + m.actualBoundingBoxAscent - m.actualBoundingBoxDescent) / 2;
  context.fillText(letter, x, y);
  const { data } = context.getImageData(0, 0, width, height);
  return Float32Array.from({ length: width * height }, (_, i) => data[4 * i + 3] / 255);
}
