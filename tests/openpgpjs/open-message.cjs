// Opens messages with OpenPGP.js, verifies who signed them, and prints each plaintext:
//   node open-message.cjs RECIPIENT_SECRET SIGNER_PUBLIC MESSAGE…
// NODE_PATH names the folder that `openpgp` is installed in. Exits 1 at the first message that does not open.

const { readFileSync } = require('node:fs');
const openpgp = require('openpgp');

async function open(file, decryptionKeys, verificationKeys) {
  const message = await openpgp.readMessage({ armoredMessage: readFileSync(file, 'utf8') });
  const { data, signatures, filename } = await openpgp.decrypt({
    message, decryptionKeys, verificationKeys, expectSigned: true, format: 'binary',
    // The receiver's key is self-signed with SHA-1, as the real one is.
    config: { rejectHashAlgorithms: new Set() },
  });
  if (signatures.length !== 1) throw new Error(`${signatures.length} signatures`);
  await signatures[0].verified;
  const signature = await signatures[0].signature;
  const { issuerKeyID, hashAlgorithm, version } = signature.packets[0];
  const text = Buffer.from(data).toString('latin1');
  console.log(JSON.stringify({ file, text, filename, signer: issuerKeyID.toHex(), hash: hashAlgorithm, version }));
}

async function main([secret, signer, ...messages]) {
  const decryptionKeys = await openpgp.readPrivateKey({ armoredKey: readFileSync(secret, 'utf8') });
  const verificationKeys = await openpgp.readKey({ armoredKey: readFileSync(signer, 'utf8') });
  for (const file of messages) await open(file, decryptionKeys, verificationKeys);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
