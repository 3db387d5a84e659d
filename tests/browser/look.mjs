// Opens a page in headless Chromium and tells, as one JSON document on stdout, what a reader would meet.
//
//     node look.mjs URL FOLDER [TEXT]
//
// With TEXT it is typed into the page's search, and the first link that is found is followed.
//
// FOLDER gets light.png, dark.png, narrow.png (400 px), narrow-dark.png and page.pdf, and the browser's profile. Scripts of the page are switched off before it is loaded.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, event, events, finish, newPage, start } from "./chromium.mjs";

const [url, folder, sought] = process.argv.slice(2);

// The texts of a page whose contrast with what is behind them is below 4.5:1 (WCAG 2.2, 1.4.3).
function faint() {
  const parts = (color) => {
    const scale = color.startsWith("color(") ? 255 : 1;
    const [red, green, blue, alpha = 1] = color.replace(/^[^(]*\((srgb )?/, "").match(/[\d.e-]+/g).map(Number);
    return { rgb: [red * scale, green * scale, blue * scale], alpha };
  };
  const over = (top, below) => top.rgb.map((part, index) => part * top.alpha + below[index] * (1 - top.alpha));
  // What is behind the text of an element, and how much the text lets through; each element is asked once.
  const known = new Map([[null, { ground: [255, 255, 255], opacity: 1 }]]);
  const around = (element) => {
    if (!known.has(element)) {
      const outer = around(element.parentElement);
      const { backgroundColor, opacity } = getComputedStyle(element);
      const top = parts(backgroundColor);
      const ground = top.alpha === 0 ? outer.ground : over(top, outer.ground);
      known.set(element, { ground, opacity: outer.opacity * Number(opacity) });
    }
    return known.get(element);
  };
  const light = (rgb) => {
    const [red, green, blue] = rgb.map((part) => part / 255).map((part) =>
      part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const found = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    const { ground, opacity } = around(element);
    const ink = parts(getComputedStyle(element).color);
    const both = [light(over({ ...ink, alpha: ink.alpha * opacity }, ground)), light(ground)].sort((a, b) => b - a);
    const ratio = (both[0] + 0.05) / (both[1] + 0.05);
    if (ratio < 4.5) found.set(`${element.localName}.${element.className}`, `${ratio.toFixed(2)}: ${node.textContent.trim().slice(0, 40)}`);
  }
  return [...found].map(([where, what]) => `${where} ${what}`);
}

async function look() {
  const page = await newPage();
  const value = async (expression) => (await page("Runtime.evaluate", { expression, returnByValue: true })).result.value;
  const loaded = event("Page.loadEventFired");
  await page("Page.navigate", { url });
  await loaded;

  const seen = {};
  const views = [["light", 1100, "light"], ["dark", 1100, "dark"], ["narrow", 400, "light"], ["narrow-dark", 400, "dark"]];
  for (const [name, width, scheme] of views) {
    await page("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 });
    await page("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    seen[name] = await value(`(() => {
      const style = getComputedStyle(document.body);
      return { width: innerWidth, scrollWidth: document.documentElement.scrollWidth,
        background: style.backgroundColor, ink: style.color };
    })()`);
    seen[name].faint = await value(`(${faint})()`);
    const { cssContentSize } = await page("Page.getLayoutMetrics");
    const height = Math.min(Math.ceil(cssContentSize.height), 4000);
    const clip = { x: 0, y: 0, width, height, scale: 1 };
    const { data } = await page("Page.captureScreenshot", { clip, captureBeyondViewport: true });
    writeFileSync(join(folder, `${name}.png`), Buffer.from(data, "base64"));
  }
  await page("Emulation.clearDeviceMetricsOverride");
  const pdf = await page("Page.printToPDF", { printBackground: true, preferCSSPageSize: true });
  writeFileSync(join(folder, "page.pdf"), Buffer.from(pdf.data, "base64"));

  const elements = await value(
    "[...new Set([...document.querySelectorAll('*')].map((element) => element.localName))].sort()");
  const looked = {
    title: await value("document.title"),
    text: await value("document.body.innerText"),
    elements,
    handlers: await value(
      "[...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames()).filter((n) => n.startsWith('on'))"),
    views: seen,
    requests: events.filter((e) => e.method === "Network.requestWillBeSent").map((e) => e.params.request.url),
  };
  if (sought !== undefined) looked.search = await search(page, value);
  looked.complaints = events
      .filter((e) => ["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"].includes(e.method))
      .map((e) => JSON.stringify(e.params.entry ?? e.params));
  return looked;
}

// Types into the search as a person does, and follows what is found by the keyboard.
async function search(page, value) {
  const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r" };
  const here = async () => ({
    url: await value("location.href"),
    heading: await value("document.querySelector('h1').innerText"),
    text: await value("document.querySelector('main').innerText"),
  });
  const press = async () => {
    const loaded = event("Page.loadEventFired");
    await page("Input.dispatchKeyEvent", { type: "keyDown", ...enter });
    await page("Input.dispatchKeyEvent", { type: "keyUp", ...enter });
    await loaded;
  };
  await value("document.querySelector('input[type=search]').focus()");
  await page("Input.insertText", { text: sought });
  await press();
  const found = await here();
  await value("document.querySelector('main tbody a').focus()");
  const focus = await value("getComputedStyle(document.activeElement).outlineStyle");
  await press();
  return { found, focus, followed: await here() };
}

start(folder);
look().then((seen) => {
  ask("Browser.close").catch(() => {});
  process.stdout.write(JSON.stringify(seen), () => finish(0));
}, (error) => finish(1, String(error)));
