// The listening room as people use it, in a headless Chromium: node room.mjs ADDRESS STUDIO.f32 NEARFIELD.f32 [PICTURES]
// The two files are what `farfield render --format float` writes, as bare interleaved samples.
import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";
import assert from "node:assert/strict";

const [address, studioFile, nearfieldFile, pictures] = process.argv.slice(2);
const samples = (file) => {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const rendered = { studio: samples(studioFile), nearfield: samples(nearfieldFile) };
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"],
});

async function open(options) {
  const page = await browser.newPage(options);
  page.faults = [];
  page.on("console", (message) => { if (message.type() === "error") page.faults.push(message.text()); });
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("request", (request) => { if (!request.url().startsWith(address)) page.faults.push(`asks ${request.url()}`); });
  await page.goto(address);
  await page.waitForSelector(".finding, #about:text('Nothing')", { timeout: 120_000 });
  await page.waitForFunction(() => window.farfield);
  return page;
}
const at = (page) => page.evaluate(() => farfield.at / farfield.rate);

const page = await open({ viewport: { width: 1280, height: 900 } });

// What comes out of the page is what is rendered, before a switch and after it, at the same place of the piece.
await page.evaluate(async () => {
  await farfield.open();
  // The page's policy lets no script of ours in, so this is the old kind of recorder.
  const recorder = farfield.context.createScriptProcessor(8192, 2, 1);
  window.recorded = [];
  recorder.onaudioprocess = ({ inputBuffer }) => recorded.push([0, 1].map((n) => inputBuffer.getChannelData(n).slice()));
  recorder.connect(farfield.context.destination);
  farfield.gain.connect(recorder);
});
await page.click("#play");
await page.waitForTimeout(2000);
await page.keyboard.press("2");
await page.waitForTimeout(2500);
await page.keyboard.press("Space");
assert.equal(await page.textContent("#play"), "Play", "space stops");
const blocks = await page.evaluate(() => recorded.map(([left, right]) => [Array.from(left), Array.from(right)]));
const heard = [];
for (const [left, right] of blocks) left.forEach((x, n) => heard.push(x, right[n]));
const rate = await page.evaluate(() => farfield.rate);
const seconds = (s) => 2 * Math.round(s * rate);
// The recording began at some time before the piece: where it lies best over what was rendered.
let [offset, least] = [0, Infinity];
for (let by = 0; by < heard.length - seconds(1.2); by += 2) {
  let sum = 0;
  for (let n = seconds(1); n < seconds(1) + 400 && sum < least; n++) sum += Math.abs(heard[n + by] - rendered.studio[n]);
  if (sum < least) [offset, least] = [by, sum];
}
const differs = (name, from, to) => {
  let greatest = 0;
  for (let n = from; n < to; n++) greatest = Math.max(greatest, Math.abs(heard[n + offset] - rendered[name][n]));
  return greatest;
};
const before = differs("studio", seconds(0.9), seconds(1.8));
const after = differs("nearfield", seconds(3), seconds(4));
console.log(`studio as rendered: within ${before}; after the switch to nearfields: within ${after}`);
assert.ok(before < 1e-5, "what is heard is what is rendered");
assert.ok(after < 1e-3, "after a switch it is the other system, at the same place");
// Between the two there is no gap: no run of zeros while it plays.
let run = 0, longest = 0;
for (let n = seconds(0.9); n < seconds(4); n += 2) { run = heard[n + offset] === 0 ? run + 1 : 0; longest = Math.max(longest, run); }
assert.ok(longest < 16, `a gap of ${longest} frames`);

// A finding plays its loop, and the studio is one key away.
const card = page.locator(".finding .acts button").first();
if (await card.count()) {
  await card.click();
  await page.waitForTimeout(800);
  assert.equal(await page.getAttribute("#loop", "aria-pressed"), "true");
  assert.equal(await page.textContent("#play"), "Stop");
  const [from, to] = await page.evaluate(() => [...farfield.loop].map((frame) => frame / farfield.rate));
  await page.waitForTimeout(Math.ceil((to - from) * 1000) % 15_000);
  const now = await at(page);
  assert.ok(now >= from && now < to, `${now} s is outside of ${from} to ${to} s`);
  await page.keyboard.press("b");
  await page.waitForTimeout(300);
}
// Blind trials are counted.
await page.click("#abx");
for (const click of ["[data-hear=a]", "[data-hear=x]", "[data-answer='0']", "[data-hear=x]", "[data-answer='1']"]) await page.click(click);
assert.match(await page.textContent("#trials"), /[012] of 2 right; by guessing alone one is as good in [\d.]+ % of cases/);
await page.click("#abx");
await page.click("#dim");
await page.click("[data-fold=mono]");
assert.equal(await page.getAttribute("[data-fold=mono]", "aria-pressed"), "true");
assert.deepEqual(page.faults, []);
await page.close();

// Nothing sticks out and nothing serious is found for those who do not see, at any size and in any light.
const axe = process.env.AXE ? readFileSync(process.env.AXE, "utf8") : null;
for (const [name, width, height, colorScheme] of [["phone-dark", 360, 800, "dark"], ["phone-light", 360, 800, "light"],
  ["desk-light", 1280, 900, "light"], ["desk-dark", 1280, 900, "dark"], ["wide-light", 2560, 1440, "light"]]) {
  const page = await open({ viewport: { width, height }, colorScheme, bypassCSP: true });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, `${name} sticks out`);
  if (axe) {
    await page.evaluate(axe);
    const found = await page.evaluate(async () => (await axe.run()).violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id, nodes }) => [id, nodes[0].html]));
    assert.deepEqual(found, [], name);
  }
  if (pictures) {
    await page.click("#play");
    await page.waitForTimeout(1500);
    await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
  }
  assert.deepEqual(page.faults, []);
  await page.close();
}
await browser.close();
console.log("The listening room does what it should.");
