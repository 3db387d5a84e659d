// Headless Chromium, driven over its DevTools protocol by a pipe: no port, no other package.
import { spawn } from "node:child_process";
import { join } from "node:path";

const program = process.env.CHROMIUM ?? "chromium";
const flags = ["headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
  "disable-component-update", "disable-sync", "disable-dev-shm-usage", "hide-scrollbars", "remote-debugging-pipe"];
let browser;
let limit;

// Starts the browser, whose profile goes into `folder`.
export function start(folder) {
  browser = spawn(program, [...flags.map((flag) => `--${flag}`), `--user-data-dir=${join(folder, "profile")}`],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  limit = setTimeout(() => finish(1, "the browser did not answer within 90 s"), 90_000);
  browser.on("error", (error) => finish(1, String(error)));
  browser.on("exit", (code) => finish(1, `the browser ended with ${code}`));
  // A pipe breaks when the browser ends, which "exit" tells; without a listener it would end this program first.
  browser.stdio.slice(3).forEach((pipe) => pipe.on("error", () => {}));
  listen(browser.stdio[4]);
}

// Ends the browser and this program.
export function finish(code, why) {
  if (why) console.error(why);
  clearTimeout(limit);
  browser.removeAllListeners();
  browser.on("exit", () => process.exit(code));
  browser.kill("SIGKILL");
  setTimeout(() => process.exit(code), 5_000);
}

let id = 0;
const waiting = new Map();
const listeners = [];
// Everything that the browser has told.
export const events = [];

// Messages are JSON, each ended by a NUL.
function listen(pipe) {
  let rest = "";
  pipe.setEncoding("utf8");
  pipe.on("data", (chunk) => {
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
}

export function ask(method, params = {}, sessionId) {
  id += 1;
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

// Waits for what the browser tells next under this name.
export function event(method) {
  return new Promise((resolve) => listeners.push((message) => message.method === method && resolve(message.params)));
}

// A new page, and what asks it; scripts of the page are switched off.
export async function newPage() {
  const { targetId } = await ask("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await ask("Target.attachToTarget", { targetId, flatten: true });
  const page = (method, params) => ask(method, params, sessionId);
  for (const domain of ["Page", "Network", "Runtime", "Log"]) await page(`${domain}.enable`);
  await page("Emulation.setScriptExecutionDisabled", { value: true });
  return page;
}
