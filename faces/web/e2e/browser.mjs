// A headless Chromium on the listening room, and what all its trials need.
import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";

export const [address, folder] = process.argv.slice(2);

export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"],
});

// A page that notes what goes wrong in it, and whom it asks.
export async function blank(options, allowed) {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(120_000);
  page.faults = [];
  page.on("console", (message) => { if (message.type() === "error") page.faults.push(message.text()); });
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("request", (request) => { if (!request.url().startsWith(allowed) && !request.url().startsWith("blob:")) page.faults.push(`asks ${request.url()}`); });
  return page;
}

export async function open(options) {
  const page = await blank(options, address);
  await page.goto(address);
  await page.waitForSelector(".finding, #about:text('Nothing')");
  await page.waitForFunction(() => window.farfield);
  return page;
}

export const at = (page) => page.evaluate(() => farfield.at / farfield.rate);

// Bare interleaved samples.
export function samples(file) {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

// Records whatever the page plays from now on, without a gap: `heard` gives it, interleaved. Needs `bypassCSP`.
export async function recorder(page) {
  await page.evaluate(async () => {
    await farfield.open();
    const source = `registerProcessor("recorder", class extends AudioWorkletProcessor {
      process([input]) { if (input.length) this.port.postMessage(input.map((side) => side.slice())); return true; }
    });`;
    await farfield.context.audioWorklet.addModule(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    const node = new AudioWorkletNode(farfield.context, "recorder", { channelCount: 2, channelCountMode: "explicit" });
    window.recorded = [];
    node.port.onmessage = ({ data }) => recorded.push(data);
    farfield.gain.connect(node).connect(farfield.context.destination);
  });
}
export async function heard(page) {
  const blocks = await page.evaluate(() => recorded.map(([left, right]) => [Array.from(left), Array.from(right ?? left)]));
  const all = [];
  for (const [left, right] of blocks) left.forEach((x, n) => all.push(x, right[n]));
  return all;
}

// Where `rendered` (from `from` on) lies best in `all`: the offset in samples.
export function aligned(all, rendered, from, window = 600) {
  let [offset, least] = [0, Infinity];
  for (let by = -from; by < all.length - from - window; by += 2) {
    let sum = 0;
    for (let n = from; n < from + window && sum < least; n++) sum += Math.abs((all[n + by] ?? 0) - rendered[n]);
    if (sum < least) [offset, least] = [by, sum];
  }
  return offset;
}
export function difference(all, rendered, offset, from, to) {
  let greatest = 0;
  for (let n = from; n < to; n++) greatest = Math.max(greatest, Math.abs(all[n + offset] - rendered[n]));
  return greatest;
}
