// The room's controls as people use them.
import { at, browser, open } from "./browser.mjs";
import assert from "node:assert/strict";

const page = await open({ viewport: { width: 1280, height: 900 } });

// A finding plays its loop, and the studio is one key away.
const card = page.locator(".finding .acts button").first();
await card.click();
await page.waitForFunction(() => farfield.playing);
assert.equal(await page.getAttribute("#loop", "aria-pressed"), "true");
const [from, to] = await page.evaluate(() => [...farfield.loop].map((frame) => frame / farfield.rate));
await page.waitForTimeout(Math.ceil((to - from) * 1000) % 15_000);
const now = await at(page);
assert.ok(now >= from && now < to, `${now} s is outside of ${from} to ${to} s`);
assert.equal(await card.getAttribute("aria-pressed"), "true", "one sees what plays");
const elsewhere = await card.getAttribute("data-on") !== "studio";
await page.keyboard.press("b");
await page.waitForTimeout(300);
if (elsewhere) assert.equal(await card.getAttribute("aria-pressed"), "false");
if (elsewhere) await card.click();
await card.click();
await page.waitForFunction(() => !farfield.playing);
await card.click();
await page.waitForFunction(() => farfield.playing);
await page.waitForTimeout(300);
assert.match(await page.textContent("#loudness"), /momentary −?\d+\.\d, short-term −?\d+\.\d LUFS/);

// Blind trials are counted.
await page.click("#abx");
for (const click of ["[data-hear=a]", "[data-hear=x]", "[data-answer='0']", "[data-hear=x]", "[data-answer='1']"]) await page.click(click);
assert.ok(await page.isHidden("#spectrum"), "what is heard is not seen");
assert.match(await page.textContent("#trials"), /[012] of 2 right; by guessing alone one is as good in [\d.]+ % of cases/);
await page.click("#abx");
await page.click("#dim");
await page.click("[data-fold=mono]");
assert.equal(await page.getAttribute("[data-fold=mono]", "aria-pressed"), "true");
await page.keyboard.press("m");

// Stems are there once it is known how they lie in the mix; a muted one is heard no more.
await page.waitForSelector("[data-solo='0']");
const loud = () => page.evaluate(async () => {
  await new Promise((resolve) => setTimeout(resolve, 900));
  const samples = new Float32Array(farfield.analyser.fftSize);
  farfield.analyser.getFloatTimeDomainData(samples);
  return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
});
await page.keyboard.press("Digit1");
const stems = await page.locator("[data-mute]").count();
for (let n = 0; n < stems; n++) await page.click(`[data-mute='${n}']`);
const silent = await loud();
for (let n = 0; n < stems; n++) await page.click(`[data-mute='${n}']`);
const whole = await loud();
console.log(`all stems muted: ${(20 * Math.log10(silent / whole)).toFixed(1)} dB of the mix`);
assert.ok(silent < 0.1 * whole, `${silent} is not silent beside ${whole}`);
await page.click("[data-solo='0']");
assert.equal(await page.getAttribute("[data-solo='0']", "aria-pressed"), "true");
await page.click("[data-solo='0']");

// A reference plays beside the mix, and the mix goes on where it was.
const place = await at(page);
await page.getByRole("button", { name: /^Reference:/ }).click();
await page.waitForTimeout(500);
assert.notEqual(await at(page), place);
await page.locator("[data-track='0']").click();
await page.waitForTimeout(500);
assert.ok(Math.abs((await at(page)) - place) < 5, "it goes on where it was");

// A move is tried: heard at once, and judged.
const move = page.locator("[data-try]").first();
assert.ok(await move.count(), "this piece has a finding with a move");
await move.click();
assert.match(await page.textContent("#tried"), /You hear it with the move|With it:/);
await page.waitForSelector("#tried:has-text('With it:')");
console.log(`tried: ${(await page.textContent("#tried")).slice(0, 200)}`);
assert.equal(await move.getAttribute("aria-pressed"), "true");
await page.click("#tried button");
assert.ok(await page.isHidden("#tried"));

// Headphones are searched, chosen, and dropped as a file; nonsense is told in words.
await page.click("#headphone summary");
await page.fill("#search", "mdr 7506");
await page.locator("#found button").first().click();
await page.waitForSelector("#worn:has-text('7506')");
await page.waitForSelector("#headphone-state:has-text('Remembered')");
await page.waitForFunction(() => document.getElementById("response").naturalWidth > 0);
await page.selectOption("#seal", "glasses");
await page.waitForSelector("#listener:has-text('seal: glasses')");
const drop = (name, text) => page.evaluate(([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
}, [name, text]);
await drop("../nonsense.txt", "la la la");
await page.waitForSelector("#headphone-state.warn:has-text('nonsense.txt')");
page.faults.length = 0; // the browser itself reports the refusal
await drop("mine.csv", "frequency,raw\n" + [20, 50, 100, 200, 500, 1000, 2000, 5000, 8000, 10000, 20000].map((hz) => `${hz},${hz < 1000 ? 3 : 0}`).join("\n"));
await page.waitForSelector("#worn:has-text('mine')");
await page.waitForSelector("#headphone-state:has-text('Remembered')");
await page.click("#forget");
await page.waitForSelector("#worn:has-text('not chosen')");
assert.deepEqual(page.faults, []);
await browser.close();
