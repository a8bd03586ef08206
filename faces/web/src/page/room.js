import { Engine } from "/engine.js";

const $ = (id) => document.getElementById(id);
const KEYS = "1234567890";
const DIM = 0.1; // −20 dB
const POLL_MS = 250;

let engine = null;
let state = null;
let overview = null;
let verdict = null;
const wish = { system: "studio", fold: "stereo", draw: 0, loop: null };
let other = null; // the system that the studio is compared with
let finding = null; // the loop that L switches

function element(kind, text, attributes = {}) {
  const made = document.createElement(kind);
  if (text) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
const press = (button, on) => button.setAttribute("aria-pressed", String(on));

async function poll() {
  try {
    state = await (await fetch("/api/state")).json();
  } catch {
    fault("The program has ended; start `farfield listen` again.");
    return;
  }
  document.title = `${state.title} – Farfield`;
  $("file").textContent = state.title;
  $("listener").textContent = state.listener;
  $("share").value = state.share;
  if (!$("systems").children.length) systems();
  if (state.fault) return fault(state.fault);
  if (state.frames && !engine) await ready();
  if (state.verdict) return judged(state.verdict);
  setTimeout(poll, POLL_MS);
}

function fault(words) {
  $("fault").textContent = words;
  $("fault").hidden = false;
  $("share").hidden = true;
  if (!verdict) $("verdict").textContent = "This mix cannot be heard";
}

function systems() {
  state.systems.forEach(({ id, name }, n) => {
    const key = KEYS[n];
    const button = element("button", `${name} `, { type: "button", "data-system": id, "aria-pressed": "false", disabled: "" });
    if (key) { button.append(element("kbd", key)); button.setAttribute("aria-keyshortcuts", key); }
    button.addEventListener("click", () => choose(id));
    $("systems").append(button);
  });
  if (!state.systems.some(({ id }) => id === wish.system)) wish.system = state.systems[0].id;
  pressed();
}

function pressed() {
  for (const button of document.querySelectorAll("[data-system]")) press(button, button.dataset.system === wish.system);
  press($("studio"), wish.system === "studio");
  press($("loop"), wish.loop !== null);
  for (const button of document.querySelectorAll("[data-fold]")) press(button, button.dataset.fold === wish.fold);
}

async function ready() {
  engine = new Engine(state.rate_hz, state.frames);
  engine.onposition = moved;
  engine.onfault = (words) => { $("state").textContent = words; };
  engine.onend = () => { engine.at = 0; cued = false; playing(); };
  window.farfield = engine; // for whoever looks into it from outside
  overview = new Float32Array(await (await fetch("/api/overview")).arrayBuffer());
  $("seek").max = state.frames / state.rate_hz;
  for (const control of document.querySelectorAll("button, #seek")) control.disabled = false;
  $("studio").disabled = !state.systems.some(({ id }) => id === "studio");
  $("loop").disabled = finding === null;
  draw();
  moved(0);
}

let cued = false;
async function cue(from) {
  pressed();
  if (!engine) return;
  if (from !== undefined || engine.playing || cued) {
    cued = true;
    await engine.cue({ ...wish }, from);
  }
}
function choose(id) {
  if (id !== "studio") other = id;
  wish.system = id;
  cue();
}
function playing() {
  $("play").textContent = engine.playing ? "Stop" : "Play";
  press($("play"), engine.playing);
}
async function toggle() {
  if (!engine) return;
  if (engine.playing) engine.pause();
  else {
    if (!cued) await cue(engine.at);
    await engine.play();
    requestAnimationFrame(spectrum);
  }
  playing();
}
function moved(at) {
  const s = at / state.rate_hz;
  $("seek").value = s;
  const words = `${clock(s)} / ${clock(state.frames / state.rate_hz)}`;
  if ($("clock").textContent !== words) {
    $("clock").textContent = words;
    $("seek").setAttribute("aria-valuetext", words);
  }
  draw();
}
const seek = (s) => {
  const frame = s * state.rate_hz;
  if (wish.loop && (frame < wish.loop[0] || frame >= wish.loop[1])) wish.loop = null;
  cue(frame);
};

function draw() {
  const canvas = $("wave");
  const scale = devicePixelRatio;
  const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale];
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  const context = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name);
  context.clearRect(0, 0, width, height);
  if (!overview) return;
  const length_s = state.frames / state.rate_hz;
  if (verdict) {
    verdict.findings.forEach((found, n) => {
      const y = height - 4 * scale * (1 + (n % 5));
      context.fillStyle = color(`--${found.severity}`);
      context.globalAlpha = 0.15;
      const [x, w] = [(found.start_s / length_s) * width, Math.max(2, ((found.end_s - found.start_s) / length_s) * width)];
      if (w < 0.9 * width) context.fillRect(x, 0, w, height);
      context.globalAlpha = 1;
      context.fillRect(x, y, w, 3 * scale);
    });
  }
  const played = (engine.at / state.frames) * width;
  for (let x = 0; x < width; x++) {
    let greatest = 0;
    const to = Math.max(Math.floor(((x + 1) / width) * overview.length), Math.floor((x / width) * overview.length) + 1);
    for (let n = Math.floor((x / width) * overview.length); n < to; n++) greatest = Math.max(greatest, overview[n] ?? 0);
    const half = Math.min(1, greatest) * 0.46 * height;
    context.fillStyle = color(x < played ? "--accent" : "--muted");
    context.fillRect(x, height / 2 - half, 1, Math.max(1, 2 * half));
  }
  if (wish.loop) {
    context.strokeStyle = color("--accent");
    context.lineWidth = 2 * scale;
    const [from, to] = wish.loop.map((frame) => (frame / state.frames) * width);
    context.strokeRect(from, scale, Math.max(3, to - from), height - 2 * scale);
  }
  context.fillStyle = color("--text");
  context.fillRect(played - scale / 2, 0, 2 * scale, height);
}

function spectrum() {
  const canvas = $("spectrum");
  const scale = devicePixelRatio;
  [canvas.width, canvas.height] = [canvas.clientWidth * scale, canvas.clientHeight * scale];
  const context = canvas.getContext("2d");
  const bins = new Float32Array(engine.analyser.frequencyBinCount);
  engine.analyser.getFloatFrequencyData(bins);
  context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  context.lineWidth = 1.5 * scale;
  context.beginPath();
  for (let x = 0; x < canvas.width; x++) {
    const hz = 20 * 1000 ** (x / canvas.width);
    const to = 20 * 1000 ** ((x + 1) / canvas.width);
    const bin = (f) => Math.round((f / (state.rate_hz / 2)) * bins.length);
    let db = -120;
    for (let n = bin(hz); n <= Math.max(bin(to), bin(hz)); n++) db = Math.max(db, bins[Math.min(n, bins.length - 1)]);
    context.lineTo(x, Math.min(1, Math.max(0, (-10 - db) / 90)) * canvas.height);
  }
  context.stroke();
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--muted");
  context.font = `${11 * scale}px system-ui, sans-serif`;
  for (const [f, words] of [[50, "50 Hz"], [200, "200"], [1000, "1 kHz"], [5000, "5"], [10000, "10"]]) {
    const x = (Math.log10(f / 20) / 3) * canvas.width;
    context.fillRect(x, canvas.height - 4 * scale, scale, 4 * scale);
    context.fillText(words, x + 3 * scale, canvas.height - 3 * scale);
  }
  if (engine.playing) requestAnimationFrame(spectrum);
}

function judged(words) {
  verdict = words;
  $("share").hidden = true;
  $("file").hidden = true; // the line below the verdict names it too
  $("verdict").textContent = words.title;
  $("words").textContent = words.words;
  $("warnings").replaceChildren(...words.warnings.map((text) => element("p", text, { class: "warn" })));
  $("meters").replaceChildren(...words.meters.map((text) => element("li", text)));
  for (const { id, score, range } of words.scores) {
    const button = document.querySelector(`[data-system="${CSS.escape(id)}"]`);
    if (!button) continue;
    button.append(element("small", ` ${Math.round(score)}`));
    button.title = `Predicted score ${Math.round(score)} of 100; ${Math.round(range[0])} to ${Math.round(range[1])} over eight of ten devices`;
  }
  $("about").textContent = words.findings.length
    ? "The most important first. Press a place to hear it in a loop there, B for the same in the studio, equally loud."
    : "Nothing that would not translate.";
  $("findings").replaceChildren(...words.findings.map(card));
  draw();
}

function card(found, n) {
  const article = element("article", "", { class: `finding ${found.severity}`, id: `finding-${n + 1}` });
  const head = element("h3", "");
  head.append(element("span", `${n + 1} `, { class: "n" }), `${found.title} `, element("span", found.severity, { class: "badge" }));
  const facts = element("dl");
  for (const [name, text] of found.facts) {
    const row = element("div");
    row.append(element("dt", name), element("dd", text));
    facts.append(row);
  }
  const acts = element("div", "", { class: "acts", role: "group", "aria-label": `Listen to finding ${n + 1}` });
  const name = (id) => state.systems.find((system) => system.id === id)?.name ?? id;
  for (const id of [found.system, "studio"]) {
    if (!state.systems.some((system) => system.id === id)) continue; // it is heard everywhere, or only in the studio
    const button = element("button", id === "studio" ? "Hear it in the studio" : `Hear it: ${name(id)}`, { type: "button" });
    button.addEventListener("click", () => hear(found, id));
    acts.append(button);
  }
  article.append(head, element("p", found.heard_as), facts, acts);
  return article;
}

// A loop of a finding: at least 3 s around it, at most 12 s of it.
function hear(found, id) {
  const length_s = state.frames / state.rate_hz;
  const middle = (found.start_s + found.end_s) / 2;
  const span = Math.min(12, Math.max(3, found.end_s - found.start_s), length_s);
  const from = Math.min(Math.max(0, middle - span / 2), length_s - span);
  const loop = [from, from + span].map((s) => Math.round(s * state.rate_hz));
  const same = wish.loop && wish.loop[0] === loop[0] && wish.loop[1] === loop[1] && engine?.playing;
  finding = loop;
  wish.loop = loop;
  $("loop").disabled = false;
  if (found.system) other = found.system;
  wish.system = id;
  (same ? cue() : cue(loop[0])).then(() => engine && !engine.playing && toggle());
}

function loop() {
  if (!finding) return;
  wish.loop = wish.loop ? null : finding;
  const inside = wish.loop && engine.at >= wish.loop[0] && engine.at < wish.loop[1];
  if (wish.loop && !inside) cue(wish.loop[0]); else cue();
}
function compare() {
  if (wish.system !== "studio") choose("studio");
  else if (other) choose(other);
}
function dim() {
  const on = $("dim").getAttribute("aria-pressed") !== "true";
  press($("dim"), on);
  engine?.open().then(() => engine.gain.gain.setTargetAtTime(on ? DIM : 1, engine.context.currentTime, 0.01));
}
function fold(kind) { wish.fold = wish.fold === kind ? "stereo" : kind; cue(); }

// Blind: X is one of the two, drawn anew for each trial.
const blind = { on: false, pair: [], x: 0, right: 0, trials: 0 };
function chance(right, trials) {
  let term = 0.5 ** trials, sum = 0;
  for (let k = 0; k <= trials; k++) { if (k >= right) sum += term; term *= (trials - k) / (k + 1); }
  return Math.min(1, sum);
}
function trial() {
  blind.x = crypto.getRandomValues(new Uint8Array(1))[0] & 1;
  const name = (id) => state.systems.find((system) => system.id === id).name;
  const { right, trials } = blind;
  $("trials").textContent = `A is ${name(blind.pair[0])}, B is ${name(blind.pair[1])}. ` +
    (trials ? `${right} of ${trials} right; by guessing alone one is as good in ${(100 * chance(right, trials)).toFixed(1)} % of cases.` : "Listen to A, B and X, then say which X is.");
}
function blindly() {
  blind.on = !blind.on;
  $("blind").hidden = !blind.on;
  press($("abx"), blind.on);
  $("systems").hidden = blind.on;
  $("studio").disabled = blind.on;
  if (!blind.on) { choose(wish.system); return; }
  const one = other ?? state.systems.find(({ id }) => id !== "studio")?.id ?? "studio";
  Object.assign(blind, { pair: [one, state.systems.some(({ id }) => id === "studio") ? "studio" : state.systems[0].id], right: 0, trials: 0 });
  trial();
}
function blindHear(which) {
  wish.system = blind.pair[which === "x" ? blind.x : Number(which === "b")];
  for (const button of document.querySelectorAll("[data-hear]")) press(button, button.dataset.hear === which);
  cue();
  if (engine && !engine.playing) toggle();
}
function answer(n) {
  blind.trials++;
  blind.right += Number(n === blind.x);
  trial();
}
$("abx").addEventListener("click", blindly);
for (const button of document.querySelectorAll("[data-hear]")) button.addEventListener("click", () => blindHear(button.dataset.hear));
for (const button of document.querySelectorAll("[data-answer]")) button.addEventListener("click", () => answer(Number(button.dataset.answer)));

$("play").addEventListener("click", toggle);
$("studio").addEventListener("click", compare);
$("loop").addEventListener("click", loop);
$("dim").addEventListener("click", dim);
$("seek").addEventListener("input", (event) => seek(Number(event.target.value)));
$("draw").addEventListener("change", (event) => {
  wish.draw = event.target.validity.valid && event.target.value ? Number(event.target.value) : 0;
  event.target.value = wish.draw;
  cue();
});
for (const button of document.querySelectorAll("[data-fold]")) button.addEventListener("click", () => { wish.fold = button.dataset.fold; cue(); });
addEventListener("resize", () => state && draw());
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.type === "number" || !engine) return;
  const key = event.key.toLowerCase();
  const onButton = event.target.tagName === "BUTTON";
  const acts = { b: compare, l: loop, d: dim, m: () => fold("mono"), s: () => fold("side") };
  const system = KEYS.includes(key) && state.systems[KEYS.indexOf(key)];
  if (key === " " && !onButton) toggle();
  else if (key === "arrowleft" || key === "arrowright") seek(Math.max(0, engine.at / state.rate_hz + (key === "arrowleft" ? -5 : 5)));
  else if (blind.on && "abx".includes(key)) blindHear(key);
  else if (acts[key]) acts[key]();
  else if (system && !blind.on) choose(system.id);
  else return;
  event.preventDefault();
});
poll();
