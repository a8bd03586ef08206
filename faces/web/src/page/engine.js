// Streams of the chain's sound, and the worklet that plays them.
const AHEAD_S = 0.06;
const BUFFER_S = 1;

export class Engine {
  constructor(rate, frames) {
    this.rate = rate;
    this.frames = frames;
    this.at = 0;
    this.playing = false;
    this.dry = 0;
    this.generation = 0;
    this.streams = new Map();
    this.loop = null;
    this.wish = null;
    this.onposition = () => {};
    this.onfault = () => {};
    this.onend = () => {};
    this.onheard = () => {};
  }

  async open() {
    if (this.opened) return this.opened;
    this.opened = (async () => {
      this.context = new AudioContext({ sampleRate: this.rate });
      await this.context.audioWorklet.addModule("/worklet.js");
      this.node = new AudioWorkletNode(this.context, "farfield-player", { numberOfInputs: 0, outputChannelCount: [2] });
      this.gain = new GainNode(this.context);
      this.analyser = new AnalyserNode(this.context, { fftSize: 8192, smoothingTimeConstant: 0.7 });
      this.node.connect(this.gain).connect(this.context.destination);
      this.node.connect(this.analyser);
      this.node.port.onmessage = ({ data }) => this.hear(data);
    })();
    return this.opened;
  }

  hear(data) {
    const stream = this.streams.get(data.generation);
    if (!stream) return;
    if (data.kind === "heard") {
      // Whatever is older has been left.
      for (const [generation, old] of this.streams) {
        if (generation < data.generation) { old.abort.abort(); this.streams.delete(generation); }
      }
      this.heardAt = performance.now();
      this.at = data.at;
      this.onheard();
      return;
    }
    stream.waiting = data.waiting;
    stream.wake?.();
    if (data.at !== undefined && data.generation >= (this.seekGeneration ?? 0)) {
      this.dry = data.dry;
      this.at = data.at;
      this.onposition(this.at);
    }
    if (data.ended && this.playing) { this.pause(); this.onend(); }
  }

  // Plays `wish` ({system, track, fold, draw, after, loop, solo, mute, tries}) from where it is, or from `from`.
  async cue(wish, from) {
    await this.open();
    this.loop = wish.loop;
    this.wish = wish;
    const sync = from === undefined && this.playing;
    const generation = ++this.generation;
    if (!sync) this.seekGeneration = generation;
    for (const [old, stream] of this.streams) {
      if (old < generation - 1) { stream.abort.abort(); this.streams.delete(old); }
    }
    let start = from ?? this.at;
    if (sync) {
      start += Math.round(AHEAD_S * this.rate);
      if (wish.loop && start >= wish.loop[1]) start = wish.loop[0] + (start - wish.loop[1]);
    }
    start = Math.max(0, Math.min(this.frames - 1, Math.round(start)));
    if (from !== undefined) { this.at = start; this.onposition(start); }
    const query = new URLSearchParams({ system: wish.system, track: wish.track, from: start, fold: wish.fold, draw: wish.draw, after: wish.after });
    if (wish.loop) { query.set("loop_from", wish.loop[0]); query.set("loop_to", wish.loop[1]); }
    for (const list of ["solo", "mute", "tries"]) if (wish[list]?.length) query.set(list, wish[list].join(","));
    const stream = { abort: new AbortController(), waiting: 0, wake: null, cut: false };
    stream.frames = wish.loop ? Infinity : this.frames - start;
    this.streams.set(generation, stream);
    this.node.port.postMessage({ kind: "cue", generation, at: start, loop: wish.loop, sync });
    this.read(generation, stream, `/api/sound?${query}`).catch((fault) => {
      stream.cut = true;
      if (fault.name !== "AbortError") this.onfault(fault.message);
    });
  }

  async read(generation, stream, address) {
    const response = await fetch(address, { signal: stream.abort.signal });
    if (!response.ok) throw new Error(await response.text());
    const reader = response.body.getReader();
    let rest = new Uint8Array(0);
    let got = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      let bytes = value;
      if (rest.length) { bytes = new Uint8Array(rest.length + value.length); bytes.set(rest); bytes.set(value, rest.length); }
      const whole = bytes.length - (bytes.length % 8);
      rest = bytes.slice(whole);
      if (whole === 0) continue;
      const samples = new Float32Array(bytes.slice(0, whole).buffer);
      got += samples.length / 2;
      stream.waiting += samples.length / 2;
      this.node.port.postMessage({ kind: "sound", generation, samples }, [samples.buffer]);
      while (stream.waiting > BUFFER_S * this.rate && !stream.abort.signal.aborted) {
        await new Promise((resolve) => { stream.wake = resolve; setTimeout(resolve, 500); });
      }
    }
    // The server does not wait for ever for one who has stopped.
    if (got < stream.frames) { stream.cut = true; return; }
    this.node.port.postMessage({ kind: "end", generation });
  }

  async play() {
    await this.open();
    await this.context.resume();
    if (this.streams.get(this.generation)?.cut) await this.cue(this.wish, this.at);
    this.playing = true;
    this.node.port.postMessage({ kind: "play", playing: true });
  }

  pause() {
    this.playing = false;
    this.node?.port.postMessage({ kind: "play", playing: false });
  }
}
