// A long mix is heard while it is still being decoded, and plays on until all is known of it: node early.mjs ADDRESS FOLDER
import { at, blank, browser, address } from "./browser.mjs";
import assert from "node:assert/strict";

const page = await blank({ viewport: { width: 1280, height: 900 } }, address);
const began = Date.now();
const after = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;
const first = async () => (await (await page.request.get(`${address}api/state`)).json()).tracks[0];
await page.goto(address);
await page.waitForSelector("#play:enabled");
await page.click("#play");
await page.waitForFunction(() => farfield.at > 0.2 * farfield.rate);
const early = !(await first()).whole;
console.log(`heard ${after()} after the page was asked for, ${early ? "before" : "when"} the mix was decoded`);
if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/early.png` });
// What has not been decoded yet is waited for.
const end = await page.evaluate(() => farfield.frames / farfield.rate);
await page.evaluate((s) => { const seek = document.getElementById("seek"); seek.value = s; seek.dispatchEvent(new Event("input")); }, end - 60);
await page.waitForFunction((s) => farfield.at > (s + 1) * farfield.rate, end - 60);
console.log(`its last minute ${after()}`);
await page.waitForSelector(".finding, #about:text('Nothing')");
console.log(`judged ${after()}`);
await page.waitForFunction(async () => (await (await fetch("/api/state")).json()).tracks[0].settled);
const now = await at(page);
await page.waitForFunction((s) => farfield.at > (s + 8) * farfield.rate, now);
assert.equal(await page.textContent("#play"), "Stop", "it plays on");
assert.deepEqual(page.faults, []);
await browser.close();
