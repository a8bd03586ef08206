// The panel of the listener's headphones: search, pick, drop a profile; seal and level.
import { $, element } from "/element.js";

const WAIT_MS = 200;
const NARROW_PX = 560; // below, a picture that is wide would be too small to read
const GREATEST_BYTES = 1 << 20;
let worn = null;
let pictured = "";

async function asked(address, options) {
  const response = await fetch(address, options);
  if (!response.ok) throw new Error(await response.text());
  return response;
}

function say(words, bad = false) {
  $("headphone-state").textContent = words;
  $("headphone-state").classList.toggle("warn", bad);
}

// What is worn changes: `send` does it.
async function change(words, send) {
  say(words);
  try {
    await send();
    say("Remembered. You hear it for these headphones now; the verdict follows.");
  } catch (fault) {
    say(fault.message, true);
    if (worn) settings(worn);
  }
}
const wear = (wish) => change("One moment …", () =>
  asked("/api/headphone", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(wish) }));

function imported(file) {
  if (file.size > GREATEST_BYTES) return say(`${file.name} is larger than 1 MiB, so it cannot be a measurement or an EQ file.`, true);
  const query = new URLSearchParams({ file: file.name });
  change(`Reading ${file.name} …`, async () => asked(`/api/headphone/import?${query}`, { method: "POST", body: await file.arrayBuffer() }));
}

async function search() {
  const name = $("search").value.trim();
  if (!name) return $("found").replaceChildren();
  const found = await (await asked(`/api/headphones?${new URLSearchParams({ name })}`)).json();
  if (name !== $("search").value.trim()) return; // another was asked for meanwhile
  say(found.length ? "" : `No headphone is called anything like “${name}”. Drop a measurement or an EQ file of yours instead.`);
  $("found").replaceChildren(...found.slice(0, 12).map((one) => {
    const button = element("button", one.name, { type: "button", title: `${one.form}; measured by ${one.sources}` });
    button.addEventListener("click", () => { $("found").replaceChildren(); $("search").value = ""; wear({ name: one.name }); });
    return button;
  }));
}

function settings(now) {
  $("seal").value = now.seal;
  $("level").value = now.level_db_a;
}

// Shows what is worn; `hidden` of `all` findings it could not have shown. Whether it is another one than before.
export function shown(now, hidden, all) {
  const known = now.name !== null;
  $("worn").textContent = known ? now.name : "not chosen yet";
  $("listener").textContent = [now.words, ...now.notes].join(" ");
  $("forget").disabled = $("seal").disabled = $("level").disabled = !known;
  $("hides").textContent = !known ? "Choose yours: then the sound is right for them, and it is said what they hide."
    : all === 0 ? "" : `They hide ${hidden} of the ${all} findings below.`;
  const others = JSON.stringify(now) !== JSON.stringify(worn);
  const first = worn === null;
  if (others) { worn = now; settings(now); }
  picture();
  return others && !first;
}

// The picture is drawn only where somebody looks.
function picture() {
  if (!worn || !$("headphone").open) return;
  const narrow = $("headphone").clientWidth < NARROW_PX;
  const address = worn.name === null ? "" : `/api/headphone.svg?${new URLSearchParams({ name: worn.name, seal: worn.seal, narrow })}`;
  if (address === pictured) return;
  pictured = address;
  $("response").hidden = address === "";
  $("response").alt = address && `Response of ${worn.name} with its uncertainty, the compensation, and what is left of it`;
  if (address) $("response").src = address;
}

export function panel() {
  let waiting = null;
  $("search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => search().catch((fault) => say(fault.message, true)), WAIT_MS); });
  $("seal").addEventListener("change", () => wear({ seal: $("seal").value }));
  $("level").addEventListener("change", () => wear({ level_db_a: Number($("level").value) }));
  $("forget").addEventListener("click", () => wear({ name: "" }));
  $("profile").addEventListener("change", () => { const [file] = $("profile").files; if (file) imported(file); $("profile").value = ""; });
  $("headphone").addEventListener("toggle", picture);
  addEventListener("resize", picture);
  // A file may be dropped anywhere.
  addEventListener("dragover", (event) => { event.preventDefault(); $("headphone").classList.add("over"); $("headphone").open = true; });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) $("headphone").classList.remove("over"); });
  addEventListener("drop", (event) => {
    event.preventDefault();
    $("headphone").classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (file) imported(file);
  });
}
