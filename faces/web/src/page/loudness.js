// Loudness of what is heard, after BS.1770: the filters are the program's, the browser runs them.
const HOP_MS = 100;
const HOPS = 30; // 3 s
const MOMENTARY_S = 0.4;
const LARGEST = 32768;

export class Loudness {
  constructor(engine, place) {
    this.engine = engine;
    this.place = place;
    this.powers = [];
    this.last = 0;
  }

  // Hung onto what plays once there is something.
  open(sections) {
    const { context, node } = this.engine;
    let weighted = node;
    for (const { b, a } of sections) {
      const filter = new IIRFilterNode(context, { feedforward: b, feedback: [1, ...a] });
      weighted.connect(filter);
      weighted = filter;
    }
    const sides = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    weighted.connect(sides);
    this.sides = [0, 1].map((side) => {
      const analyser = new AnalyserNode(context, { fftSize: LARGEST });
      sides.connect(analyser, side);
      return analyser;
    });
    this.samples = new Float32Array(LARGEST);
    this.frames = Math.min(LARGEST, Math.round(MOMENTARY_S * context.sampleRate));
  }

  power(analyser) {
    analyser.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (let n = LARGEST - this.frames; n < LARGEST; n++) sum += this.samples[n] ** 2;
    return sum / this.frames;
  }

  // To be called often; it looks ten times a second.
  tick() {
    if (!this.sides && this.engine.node) this.open(this.engine.weighting);
    if (!this.sides || performance.now() - this.last < HOP_MS) return;
    this.last = performance.now();
    this.powers.push(this.sides.reduce((sum, side) => sum + this.power(side), 0));
    if (this.powers.length > HOPS) this.powers.shift();
    const mean = this.powers.reduce((sum, power) => sum + power, 0) / this.powers.length;
    this.momentary = lufs(this.powers.at(-1));
    this.shortTerm = lufs(mean);
    this.place.textContent = `What you hear: momentary ${words(this.momentary)}, short-term ${words(this.shortTerm)} LUFS`;
  }
}

const lufs = (power) => -0.691 + 10 * Math.log10(power);
const words = (value) => (value > -70 ? value.toFixed(1).replace("-", "−") : "–");
