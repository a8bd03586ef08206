"use strict";
// Two clips of a finding run in step; switching only moves their gains, so nothing jumps or stops.
(() => {
  const encoded = JSON.parse(document.getElementById("clips").textContent);
  const SWITCH_S = 0.02;
  const EDGE_S = 0.015;
  let context = null;
  let playing = null;
  const decoded = new Map();

  // A clip as a buffer, its ends faded so that the loop has no click.
  async function clip(place) {
    if (!decoded.has(place)) {
      const bytes = Uint8Array.from(atob(encoded[place]), (letter) => letter.charCodeAt(0));
      decoded.set(place, context.decodeAudioData(bytes.buffer).then((buffer) => {
        const frames = Math.min(Math.round(EDGE_S * buffer.sampleRate), buffer.length >> 1);
        for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
          const samples = buffer.getChannelData(channel);
          for (let n = 0; n < frames; n++) {
            samples[n] *= n / frames;
            samples[samples.length - 1 - n] *= n / frames;
          }
        }
        return buffer;
      }));
    }
    return decoded.get(place);
  }

  function side(player) {
    return player.querySelector('.side[aria-pressed="true"]').dataset.side;
  }

  function stop() {
    if (!playing) return;
    const { player, voices } = playing;
    playing = null;
    for (const { source, gain } of Object.values(voices)) {
      source.onended = null;
      gain.gain.cancelScheduledValues(context.currentTime);
      gain.gain.setTargetAtTime(0, context.currentTime, SWITCH_S / 4);
      source.stop(context.currentTime + 2 * SWITCH_S);
    }
    const button = player.querySelector(".play");
    button.textContent = "Play";
    button.setAttribute("aria-pressed", "false");
    player.querySelector(".run i").style.transform = "";
  }

  async function start(player) {
    stop();
    context ??= new AudioContext({ sampleRate: 48000 });
    await context.resume();
    const state = player.querySelector(".state");
    let buffers;
    try {
      state.textContent = "";
      buffers = await Promise.all([clip(player.dataset.there), clip(player.dataset.studio)]);
    } catch (error) {
      state.textContent = "This browser cannot play Ogg Opus; use Firefox, Chrome, or Safari 18.4 and newer.";
      return;
    }
    stop();
    const begin = context.currentTime + 0.03;
    const voices = {};
    ["there", "studio"].forEach((name, n) => {
      const source = new AudioBufferSourceNode(context, { buffer: buffers[n], loop: player.querySelector(".loop").checked });
      const gain = new GainNode(context, { gain: name === side(player) ? 1 : 0 });
      source.connect(gain).connect(context.destination);
      source.start(begin);
      voices[name] = { source, gain };
    });
    playing = { player, voices, begin, length: buffers[0].duration };
    voices.there.source.onended = stop;
    const button = player.querySelector(".play");
    button.textContent = "Stop";
    button.setAttribute("aria-pressed", "true");
    requestAnimationFrame(run);
  }

  function run() {
    if (!playing) return;
    const { player, begin, length } = playing;
    const share = (Math.max(0, context.currentTime - begin) % length) / length;
    player.querySelector(".run i").style.transform = `scaleX(${share})`;
    requestAnimationFrame(run);
  }

  function choose(player, name) {
    for (const button of player.querySelectorAll(".side")) {
      button.setAttribute("aria-pressed", String(button.dataset.side === name));
    }
    if (playing?.player !== player) return;
    for (const [voice, { gain }] of Object.entries(playing.voices)) {
      const now = context.currentTime;
      gain.gain.cancelScheduledValues(now);
      gain.gain.setValueAtTime(gain.gain.value, now);
      gain.gain.linearRampToValueAtTime(voice === name ? 1 : 0, now + SWITCH_S);
    }
  }

  for (const player of document.querySelectorAll(".player")) {
    player.querySelector(".play").addEventListener("click", () => {
      if (playing?.player === player) stop(); else start(player);
    });
    for (const button of player.querySelectorAll(".side")) {
      button.addEventListener("click", () => choose(player, button.dataset.side));
    }
    player.querySelector(".loop").addEventListener("change", (event) => {
      if (playing?.player !== player) return;
      for (const { source } of Object.values(playing.voices)) source.loop = event.target.checked;
    });
  }

  const which = document.getElementById("which");
  which?.addEventListener("change", () => {
    document.querySelectorAll(".spectrum").forEach((drawing, n) => { drawing.hidden = n !== Number(which.value); });
  });
})();
