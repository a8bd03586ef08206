// The page of a phone: it plays the plain mix itself, and sends back what was heard.
import { $, button, clock, element } from "./element.js";

const POLL_MS = 3000;
const BEFORE_S = 1; // a finding is led up to

let state = null;
let version = null;

async function poll() {
  try {
    const response = await fetch("state");
    if (!response.ok) throw new Error();
    state = await response.json();
    $("fault").hidden = true;
    show();
  } catch {
    $("fault").textContent = "The computer that shares this cannot be reached any more.";
    $("fault").hidden = false;
  }
  setTimeout(poll, POLL_MS);
}

function show() {
  document.title = $("title").textContent = state.title;
  if (!state.versions.length) return;
  if (!state.versions.some(({ number }) => number === version)) choose(state.versions.at(-1).number);
  const made = JSON.stringify([state.versions, version]);
  if ($("findings").dataset.made === made) return;
  $("findings").dataset.made = made;
  $("versions").hidden = state.versions.length < 2;
  $("versions").replaceChildren(...state.versions.map(({ number, name }) =>
    button(name, () => { choose(number); show(); }, { "aria-pressed": String(number === version) })));
  const { findings, judged } = state.versions.find(({ number }) => number === version);
  $("about").hidden = judged && findings.length > 0;
  if (judged) $("about").textContent = "Nothing was found that would not translate. Is that so here?";
  $("findings").replaceChildren(...findings.map(card));
}

// Another version plays on where this one is.
function choose(number) {
  const audio = $("audio");
  const [at, playing] = [audio.currentTime, !audio.paused];
  version = number;
  audio.src = `sound/${number}`;
  audio.addEventListener("loadedmetadata", () => { audio.currentTime = at; if (playing) audio.play(); }, { once: true });
}

function card(found, n) {
  const article = element("article", "", { class: "finding" });
  article.append(element("h3", `${n + 1}. ${found.title}`), element("p", found.heard_as));
  const acts = element("div", "", { class: "acts", role: "group", "aria-label": found.title });
  const act = (text, does) => acts.append(button(text, does));
  act(`Play from ${clock(found.start_s)}`, () => { $("audio").currentTime = Math.max(0, found.start_s - BEFORE_S); $("audio").play(); });
  act("I hear it", () => send({ finding: found.id, heard: true, words: "" }));
  act("I do not", () => send({ finding: found.id, heard: false, words: "" }));
  article.append(acts);
  return article;
}

async function send(note) {
  const device = $("device").value.trim();
  if (!device) {
    $("sent").textContent = "Say first what you listen on.";
    $("device").focus();
    return false;
  }
  localStorage.setItem("device", device);
  const body = { device, version, position_s: $("audio").currentTime, finding: null, heard: null, ...note };
  try {
    const response = await fetch("note", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    $("sent").textContent = response.ok ? "Sent, thank you." : `Not sent: ${await response.text()}`;
    return response.ok;
  } catch {
    $("sent").textContent = "Not sent: the computer cannot be reached.";
    return false;
  }
}

$("device").value = localStorage.getItem("device") ?? "";
$("note").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await send({ words: $("text").value })) $("text").value = "";
});
poll();
