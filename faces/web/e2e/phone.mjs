// A phone in the same network, and a new bounce: node phone.mjs ADDRESS FOLDER BOUNCE MIX
import { address, blank, browser, open } from "./browser.mjs";
import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";

const [bounce, mix] = process.argv.slice(4);
const page = await open({ viewport: { width: 1280, height: 900 } });
await page.click("#phones summary");
await page.waitForFunction(() => document.getElementById("phone-code").naturalWidth > 0);
const link = await page.textContent("#phone-link");
assert.ok(!link.startsWith(address));

const phone = await blank({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, bypassCSP: true }, link);
await phone.goto(link);
await phone.waitForSelector(".finding");
const plays = () => phone.evaluate(() => new Promise((resolve) => {
  const audio = document.getElementById("audio");
  audio.addEventListener("timeupdate", () => { if (audio.currentTime > 0) resolve(true); });
  audio.play();
}));
assert.ok(await plays());
await phone.locator(".finding button").nth(1).click();
assert.equal(await phone.textContent("#sent"), "Say first what you listen on.");
await phone.fill("#device", "the kitchen radio");
await phone.locator(".finding button").nth(1).click();
await phone.waitForSelector("#sent:has-text('Sent')");
await phone.fill("#text", "The bass is <b>gone</b>.");
await phone.click("#note button");
await page.waitForSelector(".finding .notes:has-text('the kitchen radio')");
await page.waitForSelector("#notes:has-text('The bass is <b>gone</b>.')");
assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, "the phone's page sticks out");
const axe = readFileSync(process.env.AXE, "utf8");
for (const colorScheme of ["light", "dark"]) {
  await phone.emulateMedia({ colorScheme });
  await phone.evaluate(axe);
  const found = await phone.evaluate(async () => (await axe.run()).violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id, nodes }) => [id, nodes[0].html]));
  assert.deepEqual(found, [], `the phone's page, ${colorScheme}`);
  if (process.env.PICTURES) await phone.screenshot({ path: `${process.env.PICTURES}/on-phone-${colorScheme}.png`, fullPage: true });
}
if (process.env.PICTURES) {
  await page.screenshot({ path: `${process.env.PICTURES}/noted.png`, fullPage: true });
}

// A new bounce is compared, and can be switched to.
copyFileSync(bounce, mix);
await page.waitForSelector("#bounce:has-text('New bounce')");
console.log(`bounced: ${(await page.textContent("#bounce")).slice(0, 160)}`);
if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/bounced.png`, fullPage: true });
await page.click("#bounce button");
assert.match(await page.getAttribute("[data-track='2'], [data-track='1']", "data-track"), /[12]/);
assert.match(await page.locator("[data-track][aria-pressed=true]").textContent(), /\(2\)$/);
await phone.waitForSelector("#versions button:nth-child(2)");
assert.ok(await plays(), "the phone plays on in the new version");
assert.deepEqual([page.faults, phone.faults], [[], []]);
await browser.close();
