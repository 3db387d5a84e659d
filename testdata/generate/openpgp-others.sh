#!/usr/bin/env bash
# Makes testdata/openpgp/others: signing keys as Sequoia, OpenPGP.js and Bouncy Castle export them, with
# the passphrase of openpgp.sh, and the messages that GnuPG 2.2 cannot make. openpgp.sh calls it at its end. Needs sq, node with npm, a JDK and Debian's libbcpg-java.
# Usage: testdata/generate/openpgp-others.sh (from anywhere; overwrites the folder).
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
out=$scripts/../openpgp/others
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passphrase='pässwörd €uro'
mkdir -p "$out"
rm -f "$out"/*

# Sequoia: RSA-4096 primary key that only certifies, signing and encryption subkeys.
sq key generate --cipher-suite rsa4k --cannot-authenticate --userid 'sequoia <sequoia@el2g.example>' \
  --creation-time 2024-03-01T12:00:00Z --expires never --export "$out/sequoia.sec.asc" --rev-cert "$work/revocation"

# OpenPGP.js: version 6 of the library, keys of version 4; Argon2 with AEAD and iterated S2K.
npm install --silent --no-audit --no-fund --prefix "$work" openpgp@6.3.2 > /dev/null
cat > "$work/make.mjs" <<'JS'
import * as openpgp from 'openpgp';
import { writeFileSync } from 'node:fs';
const [out, passphrase] = process.argv.slice(2);
const date = new Date('2024-03-01T12:00:00Z');
const userIDs = [{ name: 'openpgpjs', email: 'openpgpjs@el2g.example' }];
async function key(name, options, config) {
  const { privateKey } = await openpgp.generateKey({ type: 'rsa', rsaBits: 2048, userIDs, date, format: 'armored', config, ...options });
  writeFileSync(`${out}/${name}.sec.asc`, privateKey);
}
await key('openpgpjs', {}, {});
await key('openpgpjs-locked', { passphrase }, {});
await key('openpgpjs-argon2', { passphrase }, { s2kType: openpgp.enums.s2k.argon2, aeadProtect: true });
await key('openpgpjs-subkeys', { subkeys: [{ sign: true }] }, {});
const whole = await openpgp.generateKey({ type: 'rsa', rsaBits: 2048, userIDs, date, format: 'object', subkeys: [{ sign: true }] });
whole.privateKey.keyPacket.makeDummy();
writeFileSync(`${out}/openpgpjs-offline-primary.sec.asc`, whole.privateKey.armor());
await key('openpgpjs-version6', { type: 'curve25519' }, { v6Keys: true, aeadProtect: true });
JS
(cd "$work" && node make.mjs "$out" "$passphrase")

# Messages: OpenPGP.js 6 makes SEIPD version 2 (and then leaves the checksum away), OpenPGP.js 5 GnuPG's OCB (tag 20).
npm install --silent --no-audit --no-fund --prefix "$work/five" openpgp@5.11.3 > /dev/null
cat > "$work/seal.mjs" <<'JS'
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
const [keys, out] = process.argv.slice(2);
const text = '00112233445566778899aabbccddeeff';
const date = new Date('2024-06-01T00:00:00Z');
const read = (name) => readFileSync(`${keys}/${name}`, 'utf8');
async function seal(library, name, sessionKey, config) {
  const openpgp = createRequire(library)('openpgp');
  const message = await openpgp.createMessage({ binary: Buffer.from(text), date });
  const encryptionKeys = await openpgp.readKey({ armoredKey: read('recipient.pub.asc') });
  const signingKeys = await openpgp.readPrivateKey({ armoredKey: read('rsa2048.sec.asc') });
  config = { rejectHashAlgorithms: new Set(), minRSABits: 1024, preferredHashAlgorithm: openpgp.enums.hash.sha256, ...config };
  sessionKey = sessionKey && { data: new Uint8Array(32).fill(7), algorithm: 'aes256', ...sessionKey };
  writeFileSync(`${out}/${name}.asc`, await openpgp.encrypt({ message, encryptionKeys, signingKeys, sessionKey, date, config }));
}
const [five, six] = [`${process.cwd()}/five/x.js`, `${process.cwd()}/x.js`];
await seal(five, 'hash-openpgpjs5', undefined, {});
await seal(six, 'accepted-openpgpjs6', undefined, {});
await seal(five, 'ocb-container', { aeadAlgorithm: 'ocb' }, { aeadProtect: true });
await seal(six, 'container-version', { aeadAlgorithm: 'ocb' }, { aeadProtect: true });

// A padding packet (tag 21) after what gpg made.
const openpgp = createRequire(six)('openpgp');
const { data } = await openpgp.unarmor(read('messages/accepted-2048.asc'));
const padding = new openpgp.PaddingPacket();
await padding.createPadding(32);
const packets = new openpgp.PacketList();
packets.push(padding);
const padded = Buffer.concat([data, packets.write()]);
writeFileSync(`${out}/padding-packet.asc`, openpgp.armor(openpgp.enums.armor.message, padded, undefined, undefined, undefined, true));
JS
(cd "$work" && node seal.mjs "$scripts/../openpgp" "$scripts/../openpgp/messages")

# Bouncy Castle: the two checksums of S2K usage 254 and 255.
bc=/usr/share/java/bcprov.jar:/usr/share/java/bcpg.jar:/usr/share/java/bcutil.jar
java -cp "$bc" "$scripts/BouncyCastleKeys.java" "$out" "$passphrase"
ls "$out"
