// The report of `check`, opened from the disk: it asks nobody, its clips play and switch, and it fits every screen.
import { blank, browser } from "./browser.mjs";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const report = `file://${process.argv[4]}`;
const axe = readFileSync(process.env.AXE, "utf8");
for (const [name, width, height, colorScheme] of [["phone-dark", 360, 800, "dark"], ["desk-light", 1280, 900, "light"],
  ["desk-dark", 1280, 900, "dark"], ["wide-light", 2560, 1440, "light"]]) {
  const page = await blank({ viewport: { width, height }, colorScheme, bypassCSP: true }, "file:");
  await page.goto(report);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, `${name} sticks out`);
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await axe.run()).violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id, nodes }) => [id, nodes[0].html]));
  assert.deepEqual(found, [], name);
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/report-${name}.png`, fullPage: true });
  assert.deepEqual(page.faults, []);
  await page.close();
}

// All clips decode, and a finding's two are equally long.
const page = await blank({ viewport: { width: 1280, height: 900 }, bypassCSP: true }, "file:");
await page.goto(report);
const clips = await page.evaluate(async () => {
  const context = new OfflineAudioContext(2, 48000, 48000);
  const decoded = {};
  for (const [name, text] of Object.entries(JSON.parse(document.getElementById("clips").textContent))) {
    const sound = await context.decodeAudioData(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
    const power = sound.getChannelData(0).reduce((sum, x) => sum + x * x, 0) / sound.length;
    decoded[name] = { frames: sound.length, level_db: 10 * Math.log10(power) };
  }
  return decoded;
});
assert(Object.keys(clips).length >= 2, "no clips");
for (const [name, { frames, level_db }] of Object.entries(clips)) {
  assert(frames > 48_000 && level_db > -60, `${name}: ${frames} frames at ${level_db} dB`);
}
for (const player of await page.locator(".player").all()) {
  const [there, studio] = [await player.getAttribute("data-there"), await player.getAttribute("data-studio")];
  assert.equal(clips[there].frames, clips[studio].frames, `clips ${there} and ${studio}`);
}

const player = page.locator(".player").first();
await player.locator(".play").click();
const pressed = (yes) => page.waitForFunction((yes) => document.querySelector(".player .play").getAttribute("aria-pressed") === yes, yes);
await pressed("true");
await page.waitForFunction(() => parseFloat(document.querySelector(".player .run i").style.transform.slice(7)) > 0.02);
const side = (name) => player.locator(`[data-side="${name}"]`);
await side("studio").click();
assert.equal(await side("studio").getAttribute("aria-pressed"), "true");
assert.equal(await side("there").getAttribute("aria-pressed"), "false");
await side("there").click();
assert.equal(await side("there").getAttribute("aria-pressed"), "true");
await player.locator(".play").click();
await pressed("false");
assert.deepEqual(page.faults, []);
await browser.close();
console.log(`${Object.keys(clips).length} clips play`);
