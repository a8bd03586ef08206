// Nothing sticks out and nothing serious is found for those who do not see, at any size and in any light.
import { browser, open } from "./browser.mjs";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const axe = readFileSync(process.env.AXE, "utf8");
for (const [name, width, height, colorScheme] of [["phone-dark", 360, 800, "dark"], ["phone-light", 360, 800, "light"],
  ["desk-light", 1280, 900, "light"], ["desk-dark", 1280, 900, "dark"], ["wide-light", 2560, 1440, "light"]]) {
  const page = await open({ viewport: { width, height }, colorScheme, bypassCSP: true });
  await page.click("#headphone summary");
  if (await page.isVisible("#phones")) await page.click("#phones summary");
  await page.waitForSelector("[data-solo]");
  await page.fill("#search", "mdr 7506");
  await page.locator("#found button").first().click();
  // The picture is as high as it must be to be read: on a phone a unit of it is nearly a pixel.
  await page.waitForFunction(() => document.getElementById("response").naturalWidth > 0);
  await page.waitForFunction((narrow) => document.getElementById("response").src.endsWith(`narrow=${narrow}`), width < 500);
  const scale = await page.evaluate(() => { const { clientWidth, naturalWidth } = document.getElementById("response"); return clientWidth / naturalWidth; });
  assert.ok(scale > 0.7, `${name}: the headphone's picture is drawn at ${scale}`);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, `${name} sticks out`);
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await axe.run()).violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id, nodes }) => [id, nodes[0].html]));
  assert.deepEqual(found, [], name);
  if (process.env.PICTURES) {
    await page.click("#play");
    await page.waitForTimeout(2500);
    await page.screenshot({ path: `${process.env.PICTURES}/${name}.png`, fullPage: true });
  }
  assert.deepEqual(page.faults, []);
  await page.close();
}
await browser.close();
