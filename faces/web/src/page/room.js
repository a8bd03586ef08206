import { Blind } from "/blind.js";
import { Wave, spectrum } from "/drawing.js";
import { $, button, clock, element, press } from "/element.js";
import { Engine } from "/engine.js";
import * as headphone from "/headphone.js";
import { Loudness } from "/loudness.js";
import { Overviews, loopAround } from "/overview.js";
import { bounced, card, hidden, noted, tried, verdict } from "/view.js";

const KEYS = "1234567890";
const DIM = 0.1; // −20 dB
const POLL_MS = 250;
const CALM_MS = 1000;

let engine = null;
let state = null;
let shown = null; // the version whose verdict is on the page
let meter = null;
const overviews = new Overviews();
const places = new Map(); // where each reference was left
const wave = new Wave($("wave"));
const blind = new Blind();
const wish = { system: "studio", track: null, fold: "stereo", draw: 0, after: 0, loop: null, solo: [], mute: [], tries: [] };
let other = null; // the system that the studio is compared with
let finding = null; // the finding that was heard last
let looped = null; // its loop, which L switches
let offered = null; // the newest version that was told of
let rendered = ""; // what the findings were made from

const systems = () => new Map(state.systems.map(({ id, name }) => [id, name]));
const track = (number) => state.tracks.find((one) => one.number === number);
const versions = () => state.tracks.filter(({ kind }) => kind === "mix");
const playedTrack = () => track(wish.track);
const post = (address, body) => fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

async function poll() {
  try {
    const response = await fetch(state ? `/api/state?since=${state.revision}` : "/api/state");
    if (response.status === 200) { state = await response.json(); await news(); }
  } catch {
    fault("The program has ended; start `farfield listen` again.");
    return;
  }
  setTimeout(poll, shown ? CALM_MS : POLL_MS);
}

// Something has changed.
async function news() {
  document.title = `${state.title} – Farfield`;
  $("file").textContent = state.title;
  $("share").value = state.share;
  $("remark").textContent = state.remark ?? "";
  $("remark").hidden = !state.remark;
  if (!$("systems").children.length) switches();
  if (state.fault) fault(state.fault);
  if (versions().length && !engine) await ready();
  grown();
  const newest = versions().findLast((one) => one.verdict);
  if (newest) judged(newest);
  const findings = shown?.verdict.findings ?? [];
  if (headphone.shown(state.worn, findings.filter(hidden).length, findings.length)) cue();
  phones();
  tracks();
  stems();
  results();
}

function fault(words) {
  $("fault").textContent = words;
  $("fault").hidden = false;
  $("share").hidden = true;
  if (!shown) $("verdict").textContent = "This mix cannot be heard";
}

function switches() {
  state.systems.forEach(({ id, name }, n) => {
    const key = KEYS[n];
    const made = button(`${name} `, () => choose(id), { "data-system": id, "aria-pressed": "false", disabled: "" });
    if (key) { made.append(element("kbd", key)); made.setAttribute("aria-keyshortcuts", key); }
    $("systems").append(made);
  });
  if (!state.systems.some(({ id }) => id === wish.system)) wish.system = state.systems[0].id;
  pressed();
}

function pressed() {
  for (const one of document.querySelectorAll("[data-system]")) press(one, one.dataset.system === wish.system);
  for (const one of document.querySelectorAll("[data-track]")) press(one, Number(one.dataset.track) === wish.track);
  for (const one of document.querySelectorAll("[data-try]")) press(one, wish.tries.includes(one.dataset.try));
  for (const list of ["solo", "mute"]) for (const one of document.querySelectorAll(`[data-${list}]`)) press(one, wish[list].includes(Number(one.dataset[list])));
  for (const one of document.querySelectorAll("[data-fold]")) press(one, one.dataset.fold === wish.fold);
  press($("studio"), wish.system === "studio" && !blind.on); // it must not tell what X is
  for (const one of document.querySelectorAll("[data-hear-finding]")) {
    const found = shown?.verdict.findings.find(({ id }) => id === one.dataset.hearFinding);
    press(one, found !== undefined && isHeard(found, one.dataset.on));
  }
  press($("loop"), wish.loop !== null);
}

async function ready() {
  const [first] = versions();
  wish.track = first.number;
  engine = new Engine(first.rate_hz, first.frames);
  engine.weighting = first.k_weighting;
  engine.onposition = moved;
  engine.onfault = (words) => { $("state").textContent = words; };
  engine.onheard = () => { $("state").textContent = ""; };
  engine.onend = () => { engine.at = 0; cued = false; playing(); };
  window.farfield = engine; // for whoever looks into it from outside
  meter = new Loudness(engine, $("loudness"));
  await overview(first.number);
  $("seek").max = first.frames / first.rate_hz;
  for (const control of document.querySelectorAll(".deck button, #seek")) control.disabled = false;
  $("studio").disabled = !state.systems.some(({ id }) => id === "studio");
  $("loop").disabled = looped === null;
  moved(0);
  spectrum($("spectrum"), null, engine.rate);
}

async function overview(number) {
  await overviews.more(track(number));
  draw();
}

// What is played may still be being decoded, and its length be a guess.
function grown() {
  const played = playedTrack();
  if (!engine) return;
  if (!state.tracks.length) { // it cannot be heard after all
    if (engine.playing) toggle();
    for (const control of document.querySelectorAll(".deck button, #seek")) control.disabled = true;
  }
  if (!played) return;
  if (engine.frames !== played.frames) { engine.frames = played.frames; $("seek").max = played.frames / played.rate_hz; }
  if (!overviews.isWhole(wish.track)) overview(wish.track).catch(() => {}); // asked for again with the next news
}

// What is played: versions and references, if there is more than one.
function tracks() {
  $("tracks").hidden = state.tracks.length < 2;
  const all = JSON.stringify(state.tracks.map(({ number, name }) => [number, name]));
  if ($("tracks").dataset.made === all) return;
  $("tracks").dataset.made = all;
  $("tracks").replaceChildren(...state.tracks.map(({ number, kind, name }) =>
    button(kind === "reference" ? `Reference: ${name}` : name, () => play(number), { "data-track": number })));
  if (!track(wish.track) && versions().length) play(versions()[0].number);
  pressed();
}

// Another version goes on at the same place; a reference goes on where it was left.
function play(number) {
  const to = track(number);
  const from = playedTrack();
  if (!to || to === from) return;
  if (from?.kind === "reference") places.set(from.number, engine.at);
  const along = to.kind === "mix" && (!from || from.kind === "mix");
  if (from?.kind === "mix" && !along) places.set("mix", engine.at);
  wish.track = number;
  wish.solo = []; wish.mute = [];
  if (to.kind === "reference") wish.loop = null;
  if (to.number !== shown?.number) leaveTries();
  engine.frames = to.frames;
  $("seek").max = to.frames / to.rate_hz;
  overview(number);
  if (to.kind === "mix" && to.verdict) show(to);
  const place = places.get(to.kind === "mix" ? "mix" : number) ?? (to.kind === "reference" ? to.frames / 3 : 0);
  cue(along ? undefined : Math.min(place, to.frames - 1));
  stems();
}

function stems() {
  const list = playedTrack()?.stems ?? [];
  $("stems").hidden = list.length === 0;
  const made = JSON.stringify([wish.track, list]);
  if ($("stems").dataset.made === made) return;
  $("stems").dataset.made = made;
  $("stems").replaceChildren(...list.map((name, n) => {
    const stem = element("span", `${name} `, { class: "stem", role: "group", "aria-label": `Stem ${name}` });
    stem.append(button("Mute", () => among("mute", n), { "data-mute": n, "aria-label": `Mute ${name}` }));
    stem.append(button("Solo", () => among("solo", n), { "data-solo": n, "aria-label": `Solo ${name}` }));
    return stem;
  }));
  pressed();
}
function among(list, one) {
  wish[list] = wish[list].includes(one) ? wish[list].filter((n) => n !== one) : [...wish[list], one];
  cue();
}

function phones() {
  $("phones").hidden = !state.sharing;
  if (state.sharing && $("phone-link").textContent !== state.sharing.url) {
    $("phone-link").textContent = $("phone-link").href = state.sharing.url;
    $("phone-code").src = "/api/code.svg";
  }
  $("notes-section").hidden = state.notes.length === 0;
  $("notes").replaceChildren(...state.notes.map((note) => noted(note, true)));
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
  pressed();
}
async function toggle() {
  if (!engine) return;
  if (engine.playing) engine.pause();
  else {
    if (!cued) await cue(engine.at);
    await engine.play();
    requestAnimationFrame(live);
  }
  playing();
}
function live() {
  spectrum($("spectrum"), engine.analyser, engine.rate);
  meter.tick();
  if (engine.playing) requestAnimationFrame(live);
}
function moved(at) {
  const s = at / engine.rate;
  $("seek").value = s;
  const words = `${clock(s)} / ${clock(engine.frames / engine.rate)}`;
  if ($("clock").textContent !== words) {
    $("clock").textContent = words;
    $("seek").setAttribute("aria-valuetext", words);
  }
  draw();
}
const seek = (s) => {
  const frame = s * engine.rate;
  if (wish.loop && (frame < wish.loop[0] || frame >= wish.loop[1])) wish.loop = null;
  cue(frame);
};

const NONE = [];
function draw() {
  const of = engine && playedTrack();
  if (!of) return; // nothing yet, or a version that is kept no more
  wave.draw({
    overview: overviews.of(wish.track),
    frames: of.frames,
    length_s: of.frames / of.rate_hz,
    findings: of.kind === "mix" && shown?.number === of.number ? shown.verdict.findings : NONE,
    at: engine.at / engine.frames,
    loop: wish.loop?.map((frame) => frame / engine.frames),
  });
}

// A version has its verdict. The first is shown; a newer one is offered.
function judged(newest) {
  $("share").hidden = true;
  $("file").hidden = true; // the line below the verdict names it too
  const played = playedTrack();
  const current = track(shown?.number) ?? newest;
  show(played?.kind === "mix" && played.verdict ? played : current.verdict ? current : newest);
  if (!newest.changes || offered === newest.number) return;
  offered = newest.number;
  $("bounce").hidden = false;
  $("bounce").replaceChildren(...bounced(newest, () => { $("bounce").hidden = true; play(newest.number); }));
}

function show(version) {
  shown = version;
  const made = JSON.stringify([version, state.notes]);
  if (made === rendered) return;
  rendered = made;
  verdict(version.verdict);
  const about = (found) => state.notes.filter((note) => note.finding === found.id);
  $("findings").replaceChildren(...version.verdict.findings.map((found, n) =>
    card(found, n, { systems: systems(), notes: about(found), tried: wish.tries.includes(found.id), hear, tryIt })));
  pressed();
  wave.forget();
  draw();
}

const loopOf = (found) => loopAround(found, shown, overviews.of(shown.number));

// Whether this is what plays.
function isHeard(found, id) {
  if (blind.on || !engine?.playing || !wish.loop || wish.system !== id || wish.track !== shown?.number) return false;
  const [from, to] = loopOf(found);
  return finding === found.id && wish.loop[0] === from && wish.loop[1] === to;
}

// Once more to stop it.
function hear(found, id) {
  if (!engine) return;
  if (isHeard(found, id)) { toggle(); return; }
  if (playedTrack()?.number !== shown.number) play(shown.number);
  const loop = loopOf(found);
  const same = wish.loop && wish.loop[0] === loop[0] && wish.loop[1] === loop[1] && engine.playing;
  finding = found.id;
  looped = loop;
  wish.loop = loop;
  $("loop").disabled = false;
  if (found.system) other = found.system;
  wish.system = id;
  (same ? cue() : cue(loop[0])).then(() => !engine.playing && toggle());
}

// The move of a finding, with those that are tried already; once more to leave it.
function tryIt(found) {
  if (playedTrack()?.number !== shown.number) play(shown.number);
  const on = !wish.tries.includes(found.id);
  wish.tries = on ? [...wish.tries, found.id] : wish.tries.filter((id) => id !== found.id);
  post("/api/try", { track: shown.number, ids: wish.tries }).then(async (response) => {
    if (!response.ok) { leaveTries(); cue(); $("state").textContent = await response.text(); }
  });
  state.tried = wish.tries.length ? { track: shown.number, ids: wish.tries, verdict: null, fault: null } : null;
  results();
  if (on && !engine.playing) hear(found, found.system ?? "studio"); else cue();
}
function leaveTries() {
  if (!wish.tries.length) return;
  wish.tries = [];
  $("tried").hidden = true;
  post("/api/try", { track: shown.number, ids: [] });
}
function results() {
  const now = state.tried;
  const mine = now && shown && now.track === shown.number && wish.tries.length > 0;
  $("tried").hidden = !mine;
  if (mine) $("tried").replaceChildren(...tried(now, shown.verdict, systems(), () => { leaveTries(); cue(); }));
}

function loop() {
  if (!looped) return;
  wish.loop = wish.loop ? null : looped;
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

function trials() { $("trials").textContent = blind.words((id) => systems().get(id)); }
function blindly() {
  if (blind.on) blind.end();
  else {
    const one = other ?? state.systems.find(({ id }) => id !== "studio")?.id ?? "studio";
    blind.begin([one, systems().has("studio") ? "studio" : state.systems[0].id]);
    trials();
  }
  $("blind").hidden = !blind.on;
  press($("abx"), blind.on);
  // Whoever could see what is heard would not be blind.
  for (const id of ["systems", "scored", "spectrum", "loudness"]) $(id).hidden = blind.on || (id === "scored" && !shown);
  $("studio").disabled = blind.on;
  if (!blind.on) choose(wish.system);
}
function blindHear(which) {
  wish.system = blind.behind(which);
  for (const one of document.querySelectorAll("[data-hear]")) press(one, one.dataset.hear === which);
  cue();
  if (engine && !engine.playing) toggle();
}

$("abx").addEventListener("click", blindly);
for (const one of document.querySelectorAll("[data-hear]")) one.addEventListener("click", () => blindHear(one.dataset.hear));
for (const one of document.querySelectorAll("[data-answer]")) one.addEventListener("click", () => { blind.answer(Number(one.dataset.answer)); trials(); });
$("play").addEventListener("click", toggle);
$("studio").addEventListener("click", compare);
$("loop").addEventListener("click", loop);
$("dim").addEventListener("click", dim);
$("seek").addEventListener("input", (event) => seek(Number(event.target.value)));
$("draw").addEventListener("change", (event) => {
  wish.after = wish.draw;
  wish.draw = event.target.validity.valid && event.target.value ? Number(event.target.value) : 0;
  event.target.value = wish.draw;
  cue();
});
for (const one of document.querySelectorAll("[data-fold]")) one.addEventListener("click", () => { wish.fold = one.dataset.fold; cue(); });
addEventListener("resize", draw);
addEventListener("keydown", (event) => {
  const { target } = event;
  const writes = ["number", "search", "text", "file"].includes(target.type) || ["SELECT", "TEXTAREA"].includes(target.tagName);
  if (event.ctrlKey || event.metaKey || event.altKey || writes || !engine) return;
  const key = event.key.toLowerCase();
  const pressable = ["BUTTON", "SUMMARY", "A"].includes(target.tagName);
  const acts = { b: compare, l: loop, d: dim, m: () => fold("mono"), s: () => fold("side") };
  const system = KEYS.includes(key) && state.systems[KEYS.indexOf(key)];
  if (key === " " && !pressable) toggle();
  else if (key === "arrowleft" || key === "arrowright") seek(Math.max(0, engine.at / engine.rate + (key === "arrowleft" ? -5 : 5)));
  else if (blind.on && "abx".includes(key)) blindHear(key);
  else if (acts[key] && !blind.on) acts[key]();
  else if (system && !blind.on) choose(system.id);
  else return;
  event.preventDefault();
});
headphone.panel();
poll();
