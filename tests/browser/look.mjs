// Opens a page in headless Chromium and tells, as one JSON document on stdout, what a reader would meet.
//
//     node look.mjs URL FOLDER
//
// FOLDER gets light.png, dark.png, narrow.png (400 px), narrow-dark.png and page.pdf, and the browser's profile. Chromium is driven over its
// DevTools protocol by a pipe: no port, no other package. Scripts of the page are switched off before it is loaded.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const [url, folder] = process.argv.slice(2);
const program = process.env.CHROMIUM ?? "chromium";
const flags = ["headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
  "disable-component-update", "disable-sync", "disable-dev-shm-usage", "hide-scrollbars", "remote-debugging-pipe"];
const browser = spawn(program, [...flags.map((flag) => `--${flag}`), `--user-data-dir=${join(folder, "profile")}`],
  { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const limit = setTimeout(() => finish(1, "the browser did not answer within 90 s"), 90_000);

function finish(code, why) {
  if (why) console.error(why);
  clearTimeout(limit);
  browser.removeAllListeners();
  browser.on("exit", () => process.exit(code));
  browser.kill("SIGKILL");
  setTimeout(() => process.exit(code), 5_000);
}
browser.on("error", (error) => finish(1, String(error)));
browser.on("exit", (code) => finish(1, `the browser ended with ${code}`));
// A pipe breaks when the browser ends, which "exit" tells; without a listener it would end this program first.
browser.stdio.slice(3).forEach((pipe) => pipe.on("error", () => {}));

// Messages are JSON, each ended by a NUL.
let id = 0;
const waiting = new Map();
const events = [];
const listeners = [];
let rest = "";
browser.stdio[4].setEncoding("utf8");
browser.stdio[4].on("data", (chunk) => {
  const parts = (rest + chunk).split("\0");
  rest = parts.pop();
  for (const part of parts) {
    const message = JSON.parse(part);
    if (message.id) {
      const { resolve, reject } = waiting.get(message.id);
      waiting.delete(message.id);
      message.error ? reject(new Error(message.error.message)) : resolve(message.result);
    } else {
      events.push(message);
      listeners.forEach((listener) => listener(message));
    }
  }
});
function ask(method, params = {}, sessionId) {
  id += 1;
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}
function event(method) {
  return new Promise((resolve) => listeners.push((message) => message.method === method && resolve(message.params)));
}

async function look() {
  const { targetId } = await ask("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await ask("Target.attachToTarget", { targetId, flatten: true });
  const page = (method, params) => ask(method, params, sessionId);
  const value = async (expression) => (await page("Runtime.evaluate", { expression, returnByValue: true })).result.value;
  for (const domain of ["Page", "Network", "Runtime", "Log"]) await page(`${domain}.enable`);
  await page("Emulation.setScriptExecutionDisabled", { value: true });
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
  return {
    title: await value("document.title"),
    text: await value("document.body.innerText"),
    elements,
    handlers: await value(
      "[...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames()).filter((n) => n.startsWith('on'))"),
    views: seen,
    requests: events.filter((e) => e.method === "Network.requestWillBeSent").map((e) => e.params.request.url),
    complaints: events
      .filter((e) => ["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"].includes(e.method))
      .map((e) => JSON.stringify(e.params.entry ?? e.params)),
  };
}

look().then((seen) => {
  ask("Browser.close").catch(() => {});
  process.stdout.write(JSON.stringify(seen), () => finish(0));
}, (error) => finish(1, String(error)));
