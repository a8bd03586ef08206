// The waveform with the findings on it, and the spectrum of what is heard.
import { STEP } from "/overview.js";

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);

// The wave is drawn twice when it changes, played and unplayed; a position only puts both together.
export class Wave {
  constructor(canvas) {
    this.canvas = canvas;
    this.kept = null;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.forget());
  }
  forget() { this.kept = null; }

  // `overview` of a piece of `length_s` and `frames`, as far as it is known, with `findings`; `at` and `loop` are shares.
  draw({ overview, frames, length_s, findings, at, loop }) {
    const scale = devicePixelRatio;
    const [width, height] = [this.canvas.clientWidth * scale, this.canvas.clientHeight * scale].map(Math.round);
    if (this.canvas.width !== width || this.canvas.height !== height) { this.canvas.width = width; this.canvas.height = height; this.forget(); }
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    if (!overview || width === 0) return;
    if (!this.kept || this.kept.overview !== overview || this.kept.findings !== findings) {
      const shape = outline(overview, Math.ceil(frames / STEP), width, height);
      const marks = (to) => mark(to, findings, length_s, width, height, scale);
      this.kept = { overview, findings, rest: painted(shape, width, height, color("--muted"), marks), played: painted(shape, width, height, color("--accent"), marks) };
    }
    const x = Math.round(at * width);
    context.drawImage(this.kept.rest, 0, 0);
    if (x > 0) { context.clearRect(0, 0, x, height); context.drawImage(this.kept.played, 0, 0, x, height, 0, 0, x, height); }
    if (loop) {
      context.strokeStyle = color("--accent");
      context.lineWidth = 2 * scale;
      context.strokeRect(loop[0] * width, scale, Math.max(3, (loop[1] - loop[0]) * width), height - 2 * scale);
    }
    context.fillStyle = color("--text");
    context.fillRect(x - scale, 0, 2 * scale, height);
  }
}

// Of `steps` in all; what is not known yet is a line.
function outline(overview, steps, width, height) {
  const path = new Path2D();
  for (let x = 0; x < width; x++) {
    const from = Math.floor((x / width) * steps);
    const to = Math.max(Math.floor(((x + 1) / width) * steps), from + 1);
    let greatest = 0;
    for (let n = from; n < to; n++) greatest = Math.max(greatest, overview[n] ?? 0);
    const half = Math.min(1, greatest) * 0.46 * height;
    path.rect(x, height / 2 - half, 1, Math.max(1, 2 * half));
  }
  return path;
}

function painted(shape, width, height, fill, marks) {
  const made = new OffscreenCanvas(width, height);
  const context = made.getContext("2d");
  marks(context);
  context.fillStyle = fill;
  context.fill(shape);
  return made;
}

function mark(context, findings, length_s, width, height, scale) {
  findings.forEach((found, n) => {
    context.fillStyle = color(`--${found.severity}`);
    const [x, w] = [(found.start_s / length_s) * width, Math.max(2, ((found.end_s - found.start_s) / length_s) * width)];
    context.globalAlpha = 0.15;
    if (w < 0.9 * width) context.fillRect(x, 0, w, height);
    context.globalAlpha = 1;
    context.fillRect(x, height - 4 * scale * (1 + (n % 5)), w, 3 * scale);
  });
}

const NAMED = [[50, "50 Hz"], [100, "100"], [200, "200"], [500, "500"], [1000, "1 kHz"], [2000, "2"], [5000, "5"], [10000, "10"]];

// The spectrum, once something plays, and below it a strip for its frequencies.
export function spectrum(canvas, analyser, rate) {
  const scale = devicePixelRatio;
  [canvas.width, canvas.height] = [canvas.clientWidth * scale, canvas.clientHeight * scale].map(Math.round);
  const context = canvas.getContext("2d");
  const strip = 17 * scale;
  const height = canvas.height - strip;
  const x_of = (hz) => (Math.log10(hz / 20) / 3) * canvas.width;
  context.font = `${11 * scale}px system-ui, sans-serif`;
  for (const [hz, words] of NAMED) {
    context.fillStyle = color("--rule");
    context.fillRect(x_of(hz), 0, scale, height);
    if (canvas.clientWidth < 500 && ![50, 200, 1000, 5000].includes(hz)) continue;
    context.fillStyle = color("--muted");
    context.fillText(words, x_of(hz) + 3 * scale, canvas.height - 4 * scale);
  }
  if (!analyser) return;
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  const bin = (hz) => Math.min(Math.round((hz / (rate / 2)) * bins.length), bins.length - 1);
  context.strokeStyle = color("--accent");
  context.lineWidth = 1.5 * scale;
  context.beginPath();
  for (let x = 0; x < canvas.width; x++) {
    const [from, to] = [x, x + 1].map((x) => bin(20 * 1000 ** (x / canvas.width)));
    let db = -120;
    for (let n = from; n <= Math.max(to, from); n++) db = Math.max(db, bins[n]);
    context.lineTo(x, Math.min(1, Math.max(0, (-15 - db) / 85)) * height);
  }
  context.stroke();
}
