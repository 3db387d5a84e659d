// Makes a page of what a terminal shows: `node terminal.mjs <SESSION >PAGE.html`. Of the escape sequences it knows colours and bold.
import { readFileSync } from "node:fs";

const classes = { 1: "bold", 2: "dim", 31: "red", 32: "green", 33: "yellow", 34: "blue", 35: "magenta", 36: "cyan" };
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

let open = [];
const body = readFileSync(0, "utf8").split(/\x1b\[([\d;]*)m/).map((part, index) => {
  if (index % 2 === 0) return open.length ? `<span class="${open.join(" ")}">${escaped(part)}</span>` : escaped(part);
  const codes = part.split(";").map(Number);
  open = codes.includes(0) ? [] : [...open, ...codes.map((code) => classes[code]).filter(Boolean)];
  return "";
}).join("");
const lines = body.replace(/^\$ (.*)$/gm, '<span class="prompt">$</span> <span class="bold">$1</span>');

process.stdout.write(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>el2g in a terminal</title>
<style>
body { margin: 0; padding: 18px; background: #fff; }
main { background: #161b22; color: #d7dde5; border-radius: 10px; overflow: hidden; }
header { background: #262d37; height: 30px; display: flex; gap: 8px; align-items: center; padding: 0 14px; }
i { width: 11px; height: 11px; border-radius: 50%; background: #4b5563; }
pre { margin: 0; padding: 14px 20px 18px; font: 13.5px/1.5 "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.bold { font-weight: 700; } .dim { opacity: .7; } .prompt { color: #8ab4f8; }
.red { color: #ff8a86; } .green { color: #63d391; } .yellow { color: #e9b949; }
.blue { color: #82bdf8; } .magenta { color: #d8a4f0; } .cyan { color: #6fd3dd; }
</style>
<main><header><i></i><i></i><i></i></header><pre>${lines}</pre></main></html>
`);
