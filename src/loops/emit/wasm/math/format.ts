/**
 * @file Constants of the two lane formats that the functions share.
 *
 * ln 2 and its like are split in two: the high part has so many trailing zero bits that its product with any exponent
 * of the format is exact.
 */

export interface Format {
  readonly bits: 32 | 64;
  /** Bits of the stored fraction. */
  readonly fraction: number;
  readonly bias: number;
  /** 1.5·2^fraction: adding it rounds to an integer, which then stands in the low bits. */
  readonly shifter: number;
  readonly ln2Hi: number;
  readonly ln2Lo: number;
  readonly smallestNormal: number;
  /** Beyond these exp is infinite or zero. */
  readonly expMax: number;
  readonly expMin: number;
}

export const formats: Readonly<Record<32 | 64, Format>> = {
  32: {
    bits: 32,
    fraction: 23,
    bias: 127,
    shifter: 1.5 * 2 ** 23,
    ln2Hi: 0.693145751953125,
    ln2Lo: 0.000001428606765330187,
    smallestNormal: 2 ** -126,
    expMax: 89,
    expMin: -104,
  },
  64: {
    bits: 64,
    fraction: 52,
    bias: 1023,
    shifter: 1.5 * 2 ** 52,
    ln2Hi: 0.6931471805598903,
    ln2Lo: 5.497923018708371e-14,
    smallestNormal: 2 ** -1022,
    expMax: 710,
    expMin: -746,
  },
};
