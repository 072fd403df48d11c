/** @file The loops of simulation.ts as one writes them in JavaScript, with tangents worked out by hand. */

export function logistic(r: number): number {
  let x = 0.3;
  for (let i = 0; i < 1_000_000; i++) x = r * x * (1 - x);
  return x;
}

export function logisticTangent(r: number): number {
  let [x, dx] = [0.3, 0];
  for (let i = 0; i < 1_000_000; i++) {
    dx = x * (1 - x) + r * (1 - 2 * x) * dx;
    x = r * x * (1 - x);
  }
  return dx;
}

export function kepler(v: number): number {
  const h = 1e-3;
  let x = 1;
  let y = 0;
  let u = 0;
  for (let i = 0; i < 10_000; i++) {
    let r2 = x * x + y * y;
    let pull = h / 2 / (r2 * Math.sqrt(r2));
    u -= x * pull;
    v -= y * pull;
    x += u * h;
    y += v * h;
    r2 = x * x + y * y;
    pull = h / 2 / (r2 * Math.sqrt(r2));
    u -= x * pull;
    v -= y * pull;
  }
  return Math.sqrt(x * x + y * y);
}

export function keplerTangent(v: number): number {
  const h = 1e-3;
  let x = 1;
  let y = 0;
  let u = 0;
  let dx = 0;
  let dy = 0;
  let du = 0;
  let dv = 1;
  for (let i = 0; i < 10_000; i++) {
    let r2 = x * x + y * y;
    let pull = h / 2 / (r2 * Math.sqrt(r2));
    let dpull = (-3 * pull * (x * dx + y * dy)) / r2;
    u -= x * pull;
    v -= y * pull;
    du -= dx * pull + x * dpull;
    dv -= dy * pull + y * dpull;
    x += u * h;
    y += v * h;
    dx += du * h;
    dy += dv * h;
    r2 = x * x + y * y;
    pull = h / 2 / (r2 * Math.sqrt(r2));
    dpull = (-3 * pull * (x * dx + y * dy)) / r2;
    u -= x * pull;
    v -= y * pull;
    du -= dx * pull + x * dpull;
    dv -= dy * pull + y * dpull;
  }
  return (x * dx + y * dy) / Math.sqrt(x * x + y * y);
}

export function lorenz(rho: number): number {
  const h = 1e-3;
  const beta = 8 / 3;
  let x = 1;
  let y = 1;
  let z = 1;
  for (let i = 0; i < 10_000; i++) {
    const x1 = (y - x) * 10;
    const y1 = x * (rho - z) - y;
    const z1 = x * y - z * beta;
    let a = x + (x1 * h) / 2;
    let b = y + (y1 * h) / 2;
    let c = z + (z1 * h) / 2;
    const x2 = (b - a) * 10;
    const y2 = a * (rho - c) - b;
    const z2 = a * b - c * beta;
    a = x + (x2 * h) / 2;
    b = y + (y2 * h) / 2;
    c = z + (z2 * h) / 2;
    const x3 = (b - a) * 10;
    const y3 = a * (rho - c) - b;
    const z3 = a * b - c * beta;
    a = x + x3 * h;
    b = y + y3 * h;
    c = z + z3 * h;
    x += (x1 + (x2 + x3) * 2 + (b - a) * 10) * (h / 6);
    y += (y1 + (y2 + y3) * 2 + a * (rho - c) - b) * (h / 6);
    z += (z1 + (z2 + z3) * 2 + a * b - c * beta) * (h / 6);
  }
  return x + y + z;
}

export function lorenzTangent(rho: number): number {
  const h = 1e-3;
  const beta = 8 / 3;
  let x = 1;
  let y = 1;
  let z = 1;
  let dx = 0;
  let dy = 0;
  let dz = 0;
  for (let i = 0; i < 10_000; i++) {
    const x1 = (y - x) * 10;
    const y1 = x * (rho - z) - y;
    const z1 = x * y - z * beta;
    const dx1 = (dy - dx) * 10;
    const dy1 = dx * (rho - z) + x * (1 - dz) - dy;
    const dz1 = dx * y + x * dy - dz * beta;
    let a = x + (x1 * h) / 2;
    let b = y + (y1 * h) / 2;
    let c = z + (z1 * h) / 2;
    let da = dx + (dx1 * h) / 2;
    let db = dy + (dy1 * h) / 2;
    let dc = dz + (dz1 * h) / 2;
    const x2 = (b - a) * 10;
    const y2 = a * (rho - c) - b;
    const z2 = a * b - c * beta;
    const dx2 = (db - da) * 10;
    const dy2 = da * (rho - c) + a * (1 - dc) - db;
    const dz2 = da * b + a * db - dc * beta;
    a = x + (x2 * h) / 2;
    b = y + (y2 * h) / 2;
    c = z + (z2 * h) / 2;
    da = dx + (dx2 * h) / 2;
    db = dy + (dy2 * h) / 2;
    dc = dz + (dz2 * h) / 2;
    const x3 = (b - a) * 10;
    const y3 = a * (rho - c) - b;
    const z3 = a * b - c * beta;
    const dx3 = (db - da) * 10;
    const dy3 = da * (rho - c) + a * (1 - dc) - db;
    const dz3 = da * b + a * db - dc * beta;
    a = x + x3 * h;
    b = y + y3 * h;
    c = z + z3 * h;
    da = dx + dx3 * h;
    db = dy + dy3 * h;
    dc = dz + dz3 * h;
    x += (x1 + (x2 + x3) * 2 + (b - a) * 10) * (h / 6);
    y += (y1 + (y2 + y3) * 2 + a * (rho - c) - b) * (h / 6);
    z += (z1 + (z2 + z3) * 2 + a * b - c * beta) * (h / 6);
    dx += (dx1 + (dx2 + dx3) * 2 + (db - da) * 10) * (h / 6);
    dy += (dy1 + (dy2 + dy3) * 2 + da * (rho - c) + a * (1 - dc) - db) * (h / 6);
    dz += (dz1 + (dz2 + dz3) * 2 + da * b + a * db - dc * beta) * (h / 6);
  }
  return dx + dy + dz;
}
