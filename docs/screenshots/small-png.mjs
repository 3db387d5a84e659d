// Makes a screenshot small: a PNG of at most 256 colours. Chromium writes three or four bytes for each point.
import { deflateSync, inflateSync, crc32 } from "node:zlib";

// The points of a PNG as Chromium writes it: 8 bits a channel, not interlaced. One number 0xRRGGBB for each.
function points(png) {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const channels = png[25] === 6 ? 4 : 3;
  const pieces = [];
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") pieces.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const raw = inflateSync(Buffer.concat(pieces));
  const line = width * channels;
  let above = Buffer.alloc(line);
  const found = new Uint32Array(width * height);
  for (let row = 0; row < height; row += 1) {
    const filter = raw[row * (line + 1)];
    const bytes = raw.subarray(row * (line + 1) + 1, (row + 1) * (line + 1));
    for (let index = 0; index < line; index += 1) {
      const left = index < channels ? 0 : bytes[index - channels];
      const corner = index < channels ? 0 : above[index - channels];
      bytes[index] += [0, left, above[index], (left + above[index]) >> 1, paeth(left, above[index], corner)][filter];
    }
    for (let column = 0; column < width; column += 1) found[row * width + column] = bytes.readUIntBE(column * channels, 3);
    above = bytes;
  }
  return { width, height, found };
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(guess - value));
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

// The same picture with a palette: the 256 commonest colours, and for every other the one of them that is nearest.
export function smallPng(png) {
  const { width, height, found } = points(png);
  const often = new Map();
  for (const color of found) often.set(color, (often.get(color) ?? 0) + 1);
  const palette = [...often].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 256).map(([color]) => color);
  const channels = (color) => [color >> 16, (color >> 8) & 255, color & 255];
  const far = (a, b) => channels(a).reduce((sum, part, index) => sum + (part - channels(b)[index]) ** 2, 0);
  const places = new Map(palette.map((color, index) => [color, index]));
  for (const color of often.keys()) {
    if (places.has(color)) continue;
    let nearest = 0;
    palette.forEach((other, index) => { if (far(color, other) < far(color, palette[nearest])) nearest = index; });
    places.set(color, nearest);
  }
  const rows = Buffer.alloc((width + 1) * height);
  found.forEach((color, at) => { rows[Math.floor(at / width) * (width + 1) + 1 + (at % width)] = places.get(color); });
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([png.subarray(0, 8), chunk("IHDR", head), chunk("PLTE", Buffer.from(palette.flatMap(channels))),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })), chunk("IEND", Buffer.alloc(0))]);
}
