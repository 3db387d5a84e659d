// Shoots a page: `node shoot.mjs URL PICTURE.png FOLDER WIDTH HEIGHT`, light, at most HEIGHT high; the browser's profile goes into FOLDER.
import { writeFileSync } from "node:fs";
import { ask, event, finish, newPage, start } from "../../tests/browser/chromium.mjs";
import { smallPng } from "./small-png.mjs";

const [url, picture, folder, width, height] = process.argv.slice(2);

async function shoot() {
  const page = await newPage();
  await page("Emulation.setDeviceMetricsOverride", { width: Number(width), height: 600, deviceScaleFactor: 1, mobile: false });
  await page("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "light" }] });
  const loaded = event("Page.loadEventFired");
  await page("Page.navigate", { url });
  await loaded;
  const { cssContentSize } = await page("Page.getLayoutMetrics");
  const clip = { x: 0, y: 0, width: Number(width), height: Math.min(Math.ceil(cssContentSize.height), Number(height)), scale: 1 };
  const { data } = await page("Page.captureScreenshot", { clip, captureBeyondViewport: true });
  const small = smallPng(Buffer.from(data, "base64"));
  writeFileSync(picture, small);
  console.log(`${picture}: ${clip.width} x ${clip.height}, ${small.length} bytes`);
}

start(folder);
shoot().then(() => {
  ask("Browser.close").catch(() => {});
  finish(0);
}, (error) => finish(1, String(error)));
