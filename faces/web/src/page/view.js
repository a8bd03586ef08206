// Verdicts, findings and notes as parts of the page.
import { $, button, clock, element } from "/element.js";

export const hidden = (found) => found.facts.some(([name]) => name === "Hidden from you");

const when = (note) => new Date(1000 * note.at_unix_s).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
const said = (note) => (note.heard === null ? "" : note.heard ? "heard there" : "not heard there");

// A note in a line; `whole` names its place and version too.
export function noted(note, whole) {
  const line = element("li", "");
  line.append(element("strong", note.device), ` ${[said(note), note.words].filter(Boolean).join(": ")} `);
  const place = whole ? ` · ${note.version} at ${clock(note.position_s)}` : "";
  line.append(element("span", `${when(note)}${place}`, { class: "quiet" }));
  return line;
}

export function verdict(words) {
  $("verdict").textContent = words.title;
  $("words").textContent = words.words;
  $("warnings").replaceChildren(...words.warnings.map((text) => element("p", text, { class: "warn" })));
  $("meters").replaceChildren(...words.meters.map((text) => element("li", text)));
  for (const { id, score, range } of words.scores) {
    const of = document.querySelector(`[data-system="${CSS.escape(id)}"]`);
    if (!of) continue;
    of.querySelector("small")?.remove();
    of.append(element("small", ` ${Math.round(score)}`));
    of.title = `Predicted score ${Math.round(score)} of 100; ${Math.round(range[0])} to ${Math.round(range[1])} over eight of ten devices`;
  }
  $("about").textContent = words.findings.length
    ? "The most important first. Press a place to hear it in a loop there, and the studio for how it is meant, equally loud; once more to stop."
    : "Nothing that would not translate.";
  $("scored").hidden = words.scores.length === 0;
  const count = words.findings.length;
  $("to-findings").hidden = count === 0;
  $("to-findings").firstElementChild.textContent = count === 1 ? "See and hear the finding" : `See and hear the ${count} findings`;
}

// A finding. `acts`: hear(found, id), tryIt(found); `systems` by id; `notes` on it; whether it is `tried`.
export function card(found, n, { systems, notes, tried, hear, tryIt }) {
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
  for (const id of [found.system, "studio"]) {
    const name = systems.get(id);
    if (!name) continue; // it is worst in the studio
    const marks = { "data-hear-finding": found.id, "data-on": id, "aria-pressed": "false" };
    acts.append(button(id === "studio" ? "Hear it in the studio" : `Hear it: ${name}`, () => hear(found, id), marks));
  }
  if (found.proposed) {
    acts.append(button(`Try it: ${found.proposed.words}`, () => tryIt(found), { "aria-pressed": String(tried), "data-try": found.id }));
  }
  article.append(head, element("p", found.heard_as), facts, acts);
  if (notes.length) {
    const list = element("ul", "", { class: "notes", "aria-label": "Heard on real devices" });
    list.append(...notes.map((note) => noted(note, false)));
    article.append(list);
  }
  return article;
}

const names = (titles) => titles.map((title) => title.toLowerCase()).join("; ");

// What a new bounce has changed.
export function bounced(track, listen) {
  const { gone, new: fresh, kept } = track.changes;
  const words = [
    gone.length ? `Gone: ${names(gone)}.` : "Nothing is gone.",
    fresh.length ? `New: ${names(fresh)}.` : "Nothing is new.",
    kept ? `${kept} ${kept === 1 ? "finding stays" : "findings stay"}.` : "",
  ];
  const line = element("p", "");
  line.append(element("strong", `New bounce, ${track.name}. `), words.join(" "));
  return [line, element("p", track.verdict.title), button("Switch to it", listen)];
}

// What is tried: before and after.
export function tried(result, before, systems, leave) {
  const stop = button("Leave it as it is", leave);
  if (result.fault) return [element("p", `The verdict with this cannot be given: ${result.fault}`), stop];
  if (!result.verdict) return [element("p", "You hear it with the move. The verdict with it is on its way …"), stop];
  const after = result.verdict;
  const titles = (of) => of.findings.map(({ title }) => title);
  const gone = titles(before).filter((title) => !titles(after).includes(title));
  const fresh = titles(after).filter((title) => !titles(before).includes(title));
  const changes = after.scores
    .map(({ id, score }) => ({ id, after: score, before: before.scores.find((one) => one.id === id)?.score ?? score }))
    .filter((one) => Math.round(one.after) !== Math.round(one.before))
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
  const scores = changes.slice(0, 4).map((one) => `${systems.get(one.id)} ${Math.round(one.before)} → ${Math.round(one.after)}`);
  const line = (head, text) => { const made = element("p", ""); made.append(element("strong", head), text); return made; };
  return [
    line("With it: ", after.title),
    element("p", [gone.length ? `Gone: ${names(gone)}.` : "No finding is gone.", fresh.length ? `New: ${names(fresh)}.` : "Nothing new."].join(" ")),
    element("p", scores.length ? `Scores: ${scores.join(", ")}.` : "No score changes."),
    stop,
  ];
}
