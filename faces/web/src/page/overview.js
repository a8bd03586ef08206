// The greatest magnitude of each step of the pieces, as far as they have been decoded; and where they are loudest.
export const STEP = 1024; // frames

export class Overviews {
  constructor() { this.known = new Map(); }
  of(number) { return this.known.get(number)?.steps; }
  isWhole(number) { return this.known.get(number)?.whole ?? false; }

  // Asks for what is not known yet; the last step of what is known may have grown.
  async more({ number, whole }) {
    const known = this.known.get(number);
    if (known?.whole) return;
    const from = Math.max(0, (known?.steps.length ?? 0) - 1);
    const response = await fetch(`/api/overview?track=${number}&from=${from}`);
    if (!response.ok) return;
    const more = new Float32Array(await response.arrayBuffer());
    const steps = new Float32Array(from + more.length);
    if (known) steps.set(known.steps.subarray(0, from));
    steps.set(more, from);
    this.known.set(number, { steps, whole });
  }
}

// A loop of a finding, in frames: at least 3 s around it, at most 12 s of it. What is so throughout is heard where the
// piece is loudest.
export function loopAround(found, { frames, rate_hz }, overview) {
  const length_s = frames / rate_hz;
  const span = Math.min(12, Math.max(3, found.end_s - found.start_s), length_s);
  const middle = found.throughout && overview ? loudest(overview, span * rate_hz) / rate_hz : (found.start_s + found.end_s) / 2;
  const from = Math.min(Math.max(0, middle - span / 2), length_s - span);
  return [from, from + span].map((s) => Math.round(s * rate_hz));
}

// The middle of the loudest `frames` of an overview, as a frame.
function loudest(overview, frames) {
  const span = Math.max(1, Math.min(overview.length, Math.round(frames / STEP)));
  let [sum, most, place] = [0, -1, 0];
  overview.forEach((x, n) => {
    sum += x * x - (n >= span ? overview[n - span] ** 2 : 0);
    if (n >= span - 1 && sum > most) [most, place] = [sum, n + 1 - span / 2];
  });
  return place * STEP;
}
