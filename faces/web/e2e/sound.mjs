// What comes out of the page is what is rendered, before a switch and after it, at the same place of the piece.
import { aligned, browser, difference, folder, heard, open, recorder, samples } from "./browser.mjs";
import assert from "node:assert/strict";

const rendered = Object.fromEntries(["studio", "nearfield"].map((id) => [id, samples(`${folder}/${id}.f32`)]));

async function attempt() {
  const page = await open({ viewport: { width: 1280, height: 900 }, bypassCSP: true });
  await page.waitForFunction(async () => (await (await fetch("/api/state")).json()).tracks[0].settled);
  await recorder(page);
  await page.click("#play");
  await page.waitForFunction(() => farfield.at > 2 * farfield.rate);
  const pressed = await page.evaluate(() => {
    window.switched = new Promise((resolve) => { const told = farfield.onheard; farfield.onheard = () => { told(); resolve(performance.now()); }; });
    return performance.now();
  });
  await page.keyboard.press("2");
  const took = (await page.evaluate(() => window.switched)) - pressed;
  await page.waitForFunction(() => farfield.at > 4.5 * farfield.rate);
  await page.keyboard.press("Space");
  assert.equal(await page.textContent("#play"), "Play", "space stops");
  const found = { all: await heard(page), took, ...(await page.evaluate(() => ({ dry: farfield.dry, rate: farfield.rate }))) };
  assert.deepEqual(page.faults, []);
  await page.close();
  return found;
}

// A machine that is busy with something else may run dry; then nothing is compared, and it is tried again.
let found = await attempt();
for (let again = 0; again < 3 && found.dry > 0; again++) { console.log(`ran dry ${found.dry} times; once more`); found = await attempt(); }
const { all, dry, rate, took } = found;
assert.equal(dry, 0, "the stream ran dry four times in a row");
const seconds = (s) => 2 * Math.round(s * rate);
const offset = aligned(all, rendered.studio, seconds(1));
const before = difference(all, rendered.studio, offset, 0, seconds(1.9));
const after = difference(all, rendered.nearfield, offset, seconds(3), seconds(4.2));
console.log(`studio as rendered from its first sample: within ${before}; after the switch to nearfields: within ${after}; heard after ${took.toFixed(0)} ms`);
assert.ok(before < 1e-5, "what is heard is what is rendered");
assert.ok(after < 1e-3, "after a switch it is the other system, at the same place");
// Between the two there is no gap: no run of zeros while it plays.
let [run, longest] = [0, 0];
for (let n = seconds(0.5); n < seconds(4.2); n += 2) { run = all[n + offset] === 0 ? run + 1 : 0; longest = Math.max(longest, run); }
assert.ok(longest < 16, `a gap of ${longest} frames`);
console.log(`a switch is heard after ${took.toFixed(0)} ms (150 are meant; this is no benchmark)`);
await browser.close();
