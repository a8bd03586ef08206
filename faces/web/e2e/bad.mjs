// A file that is damaged is told on the page, in words and with a remedy: node bad.mjs ADDRESS
import { address, blank, browser } from "./browser.mjs";
import assert from "node:assert/strict";

const page = await blank({ viewport: { width: 360, height: 740 } }, address);
await page.goto(address);
await page.waitForSelector("#fault:visible");
const words = await page.textContent("#fault");
console.log(`a damaged mix: ${words}`);
assert.match(words, /;|again|export/);
assert.equal(await page.textContent("#verdict"), "This mix cannot be heard");
assert.deepEqual(page.faults, []);
await browser.close();
