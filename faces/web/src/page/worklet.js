"use strict";
// Plays one stream; a newer one takes over at the same frame of the piece, crossfaded at equal power.
const FADE_S = 0.02;
// So much is there before a stream begins: little where another one plays on, more where none does.
const TAKE_OVER_FRAMES = 2048;
const BEGIN_FRAMES = 12000;

class Stream {
  constructor({ generation, at, loop, sync }) {
    this.generation = generation;
    this.at = at;
    this.loop = loop;
    this.sync = sync;
    this.chunks = [];
    this.offset = 0;
    this.waiting = 0;
    this.ended = false;
  }
  push(samples) { this.chunks.push(samples); this.waiting += samples.length / 2; }
  // The next frame into `pair`; whether there was one.
  next(pair) {
    if (this.waiting === 0) return false;
    const chunk = this.chunks[0];
    pair[0] = chunk[this.offset];
    pair[1] = chunk[this.offset + 1];
    this.offset += 2;
    if (this.offset >= chunk.length) { this.chunks.shift(); this.offset = 0; }
    this.waiting--;
    this.at++;
    if (this.loop && this.at >= this.loop[1]) this.at = this.loop[0];
    return true;
  }
}

class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    this.now = null;
    this.then = null;
    this.next = null;
    this.fade = 0;
    this.fadeFrames = Math.round(FADE_S * sampleRate);
    this.pair = [0, 0];
    this.old = [0, 0];
    this.playing = false;
    this.filling = false;
    this.dry = 0; // times that there was no sound when there should have been
    this.told = 0;
    this.port.onmessage = ({ data }) => this.hear(data);
  }
  hear(data) {
    if (data.kind === "cue") this.next = new Stream(data);
    else if (data.kind === "play") this.playing = data.playing;
    else {
      const stream = [this.next, this.now].find((one) => one?.generation === data.generation);
      if (!stream) return; // of a stream that has been left
      if (data.kind === "end") stream.ended = true;
      else stream.push(data.samples);
    }
  }
  // Takes the next stream when it has sound for this moment.
  take() {
    const next = this.next;
    const enough = next.sync ? TAKE_OVER_FRAMES : BEGIN_FRAMES;
    if (next.waiting < enough && !next.ended) return;
    if (this.now && next.sync && this.playing) {
      if (next.at > this.now.at && this.now.waiting > 0) return; // its moment has not come
      while (next.at < this.now.at && next.next(this.pair));
      if (next.waiting < this.fadeFrames && !next.ended) return;
    }
    this.then = this.playing ? this.now : null;
    this.fade = this.then ? 0 : this.fadeFrames;
    this.now = next;
    this.next = null;
    this.filling = false;
    this.port.postMessage({ kind: "heard", generation: next.generation, at: next.at });
  }
  // Whether there is sound now; after a gap only once there is enough of it.
  full() {
    const { waiting, ended } = this.now;
    if (this.filling && (waiting >= BEGIN_FRAMES || ended)) this.filling = false;
    if (waiting === 0 && !ended && !this.filling) { this.filling = true; this.dry++; }
    return !this.filling && waiting > 0;
  }
  process(inputs, [output]) {
    const [left, right] = output;
    for (let n = 0; n < left.length; n++) {
      if (this.next) this.take();
      if (!this.playing || !this.now) break;
      if (!this.full() || !this.now.next(this.pair)) { this.pair[0] = 0; this.pair[1] = 0; }
      let [a, b] = this.pair;
      if (this.fade < this.fadeFrames) {
        const turn = ((this.fade + 0.5) / this.fadeFrames) * Math.PI / 2;
        if (!this.then?.next(this.old)) { this.old[0] = 0; this.old[1] = 0; }
        a = a * Math.sin(turn) + this.old[0] * Math.cos(turn);
        b = b * Math.sin(turn) + this.old[1] * Math.cos(turn);
        if (++this.fade === this.fadeFrames) this.then = null;
      }
      left[n] = a;
      right[n] = b;
    }
    this.told += left.length;
    if (this.told >= 1024 && this.now) {
      this.told = 0;
      const { generation, at, waiting, ended } = this.now;
      this.port.postMessage({ kind: "at", generation, at, waiting, dry: this.dry, ended: ended && waiting === 0 });
      if (this.next) this.port.postMessage({ kind: "at", generation: this.next.generation, waiting: this.next.waiting });
    }
    return true;
  }
}
registerProcessor("farfield-player", Player);
