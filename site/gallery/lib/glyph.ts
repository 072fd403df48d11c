/** @file A letter as a picture of numbers between 0 and 1, drawn by the browser, as large as fits, or stretched to fill. */

export function glyph(
  letter: string,
  width: number,
  height: number,
  part = 0.72,
  stretch = false,
): Float32Array {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  context.font = 'bold 100px "DejaVu Sans", system-ui, sans-serif';
  const m = context.measureText(letter);
  const across = m.actualBoundingBoxLeft + m.actualBoundingBoxRight;
  const down = m.actualBoundingBoxAscent + m.actualBoundingBoxDescent;
  const scales = [(part * width) / across, (part * height) / down];
  const [sx, sy] = stretch ? scales : scales.map(() => Math.min(...scales));
  context.translate(width / 2, height / 2);
  context.scale(sx, sy);
  context.fillText(
    letter,
    (m.actualBoundingBoxLeft - m.actualBoundingBoxRight) / 2,
    (m.actualBoundingBoxAscent - m.actualBoundingBoxDescent) / 2,
  );
  const { data } = context.getImageData(0, 0, width, height);
  return Float32Array.from({ length: width * height }, (_, i) => data[4 * i + 3] / 255);
}
