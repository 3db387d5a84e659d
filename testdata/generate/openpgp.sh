#!/usr/bin/env bash
# Makes testdata/openpgp: throw-away keys and messages from GnuPG 2.2, one file for each mistake a sender
# can make. Usage: testdata/generate/openpgp.sh (from anywhere; overwrites the folder's keys and messages).
# What GnuPG 2.2 cannot make (OCB, SEIPD version 2) openpgp-others.sh makes with other programs.
set -euo pipefail
here=$(cd "$(dirname "$0")/../openpgp" && pwd)
home=$(mktemp -d)
trap 'gpgconf --homedir "$home" --kill all; rm -rf "$home"' EXIT
export GNUPGHOME=$home
passphrase='pässwörd €uro'
made=20240301T120000

cat > "$home/gpg.conf" <<'CONF'
batch
yes
quiet
no-permission-warning
no-emit-version
no-auto-key-locate
trust-model always
pinentry-mode loopback
CONF

key() { # key NAME FILE GPG-KEYGEN-PARAMETERS... : a key of its own home's ring, exported secret and public
  local name=$1; shift
  { echo "%no-protection"; printf '%s\n' "$@"; echo "Name-Real: $name"; echo "Name-Email: $name@el2g.example"; echo "%commit"; } > "$home/parameters"
  gpg --faked-system-time "${at:-$made}" --gen-key "$home/parameters" 2> /dev/null
  export_key "$name"
}
export_key() {
  local then=(--faked-system-time "${at:-20241101T000000}")
  gpg "${then[@]}" --armor --passphrase '' --export-secret-keys "$1@el2g.example" > "$here/$1.sec.asc"
  gpg "${then[@]}" --armor --export "$1@el2g.example" > "$here/$1.pub.asc"
}
fingerprint() { gpg --list-keys --with-colons "$1@el2g.example" | awk -F: '$1=="fpr" {print $10; exit}'; }
subkey() { gpg --list-keys --with-colons --with-subkey-fingerprint "$1@el2g.example" | awk -F: '$1=="fpr"' | sed -n "$2p" | cut -d: -f10; }
add() { gpg --faked-system-time "${at:-$made}" --passphrase '' --quick-add-key "$(fingerprint "$1")" "${@:2}" 2> /dev/null; }

rm -f "$here"/*.asc "$here"/*.gpg "$here"/messages/* 2> /dev/null || true
mkdir -p "$here/messages"

# Signing keys that are taken.
key rsa2048 "Key-Type: RSA" "Key-Length: 2048" "Key-Usage: sign"
key rsa4096 "Key-Type: RSA" "Key-Length: 4096" "Key-Usage: sign"
gpg --passphrase '' --export-secret-keys rsa2048@el2g.example > "$here/rsa2048.sec.gpg"
key signing-subkey "Key-Type: RSA" "Key-Length: 3072" "Key-Usage: cert"
add signing-subkey rsa2048 sign
add signing-subkey rsa2048 encr
export_key signing-subkey
gpg --armor --passphrase '' --export-secret-subkeys "$(subkey signing-subkey 2)!" > "$here/offline-primary.sec.asc"
{ echo "Key-Type: RSA"; echo "Key-Length: 2048"; echo "Key-Usage: sign"; echo "Name-Real: locked"; echo "Name-Email: locked@el2g.example"; echo "Passphrase: $passphrase"; echo "%commit"; } > "$home/parameters"
gpg --faked-system-time $made --gen-key "$home/parameters" 2> /dev/null
gpg --armor --passphrase "$passphrase" --export-secret-keys locked@el2g.example > "$here/locked.sec.asc"
gpg --armor --export locked@el2g.example > "$here/locked.pub.asc"

# Signing keys that are refused.
key rsa3072 "Key-Type: RSA" "Key-Length: 3072" "Key-Usage: sign"
key rsa1024 "Key-Type: RSA" "Key-Length: 1024" "Key-Usage: sign"
key dsa "Key-Type: DSA" "Key-Length: 2048" "Key-Usage: sign"
key ed25519 "Key-Type: EDDSA" "Key-Curve: ed25519" "Key-Usage: sign"
key nistp256 "Key-Type: ECDSA" "Key-Curve: nistp256" "Key-Usage: sign"
key expired "Key-Type: RSA" "Key-Length: 2048" "Key-Usage: sign" "Expire-Date: 20240401T120000"
key encrypt-only "Key-Type: RSA" "Key-Length: 2048" "Key-Usage: cert" "Subkey-Type: RSA" "Subkey-Length: 2048" "Subkey-Usage: encrypt"
key expired-subkey "Key-Type: RSA" "Key-Length: 2048" "Key-Usage: cert"
add expired-subkey rsa2048 sign 30d
export_key expired-subkey
at=20380101T000000 key future "Key-Type: RSA" "Key-Length: 2048" "Key-Usage: sign"
key revoked "Key-Type: RSA" "Key-Length: 2048" "Key-Usage: sign"
revoke() { sed 's/^:---/---/' "$home/openpgp-revocs.d/$(fingerprint "$1").rev" | gpg --import 2> /dev/null; }
revoke revoked
export_key revoked
key revoked-subkey "Key-Type: RSA" "Key-Length: 2048" "Key-Usage: cert"
add revoked-subkey rsa2048 sign
printf 'key 1\nrevkey\ny\n1\nreplaced\n\ny\nsave\n' |
  gpg --no-batch --no-tty --command-fd 0 --passphrase '' --edit-key "$(fingerprint revoked-subkey)" > /dev/null 2>&1
export_key revoked-subkey
cat "$here/rsa2048.sec.asc" "$here/rsa4096.sec.asc" > "$here/two-blocks.sec.asc"
gpg --armor --passphrase '' --export-secret-keys rsa2048@el2g.example rsa4096@el2g.example > "$here/two-keys.sec.asc"

# Recipients: one of the EdgeLock 2GO key's shape (SHA-1 self-signatures, its preferences), and others.
recipient() { # recipient NAME LENGTH
  printf '%s\n' "%no-protection" "Key-Type: RSA" "Key-Length: $2" "Key-Usage: sign" "Subkey-Type: RSA" "Subkey-Length: $2" \
    "Subkey-Usage: encrypt" "Name-Real: $1" "Name-Email: $1@el2g.example" "Preferences: AES256 AES192 AES 3DES SHA256 SHA1 ZLIB" "%commit" > "$home/parameters"
  gpg --faked-system-time $made --cert-digest-algo SHA1 --gen-key "$home/parameters" 2> /dev/null
  export_key "$1"
}
recipient recipient 4096
gpg --armor --passphrase '' --export-secret-subkeys recipient@el2g.example > "$here/stub.sec.asc"
key other-recipient "Key-Type: RSA" "Key-Length: 2048" "Key-Usage: sign" "Subkey-Type: RSA" "Subkey-Length: 2048" "Subkey-Usage: encrypt"
key ecdh-recipient "Key-Type: EDDSA" "Key-Curve: ed25519" "Key-Usage: sign" "Subkey-Type: ECDH" "Subkey-Curve: cv25519" "Subkey-Usage: encrypt"
key expired-recipient "Key-Type: RSA" "Key-Length: 2048" "Key-Usage: sign" "Subkey-Type: RSA" "Subkey-Length: 2048" "Subkey-Usage: encrypt" "Expire-Date: 20240401T120000"
key revoked-recipient "Key-Type: RSA" "Key-Length: 2048" "Key-Usage: sign" "Subkey-Type: RSA" "Subkey-Length: 2048" "Subkey-Usage: encrypt"
revoke revoked-recipient
export_key revoked-recipient

key sign-only-recipient "Key-Type: RSA" "Key-Length: 2048" "Key-Usage: sign"
rm "$here/sign-only-recipient.sec.asc"

# Messages: the documented settings first, then one file for each mistake.
printf %s 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff > "$home/key.hex"
settings=(--digest-algo SHA256 --cipher-algo AES256 --compress-algo zlib --set-filename '')
to=(-r recipient@el2g.example)
message() { # message NAME OPTIONS... : reads the content from standard input, writes messages/NAME.asc
  local name=$1; shift
  gpg --faked-system-time "${at:-20240601T000000}" --passphrase '' --armor -o "$here/messages/$name.asc" "$@" 2> /dev/null
}
seal() { local name=$1; shift; message "$name" "${settings[@]}" -s -e "$@" < "${content:-$home/key.hex}"; }
seal accepted -u rsa4096@el2g.example "${to[@]}"
seal accepted-2048 -u rsa2048@el2g.example "${to[@]}"
seal accepted-subkey -u signing-subkey@el2g.example "${to[@]}"
seal accepted-uncompressed -u rsa2048@el2g.example "${to[@]}" --compress-algo none
seal accepted-aes128 -u rsa2048@el2g.example "${to[@]}" --cipher-algo AES
seal accepted-aes192 -u rsa2048@el2g.example "${to[@]}" --cipher-algo AES192
message accepted-defaults -s -e -u rsa2048@el2g.example "${to[@]}" < "$home/key.hex"
seal cipher -u rsa2048@el2g.example "${to[@]}" --cipher-algo 3DES
seal compression-zip -u rsa2048@el2g.example "${to[@]}" --compress-algo zip
seal compression-bzip2 -u rsa2048@el2g.example "${to[@]}" --compress-algo bzip2
seal hash -u rsa2048@el2g.example "${to[@]}" --digest-algo SHA512
seal hash-sha1 -u rsa2048@el2g.example "${to[@]}" --digest-algo SHA1
seal no-mdc -u rsa2048@el2g.example "${to[@]}" --rfc2440
seal text-signature -u rsa2048@el2g.example "${to[@]}" --textmode
seal signer-rsa3072 -u rsa3072@el2g.example "${to[@]}"
seal signer-dsa -u dsa@el2g.example "${to[@]}"
seal signer-ed25519 -u ed25519@el2g.example "${to[@]}"
seal signer-nistp256 -u nistp256@el2g.example "${to[@]}"
at=20240315T000000 seal signer-expired -u expired@el2g.example "${to[@]}"
seal several-signatures -u rsa2048@el2g.example -u rsa4096@el2g.example "${to[@]}"
seal several-recipients -u rsa2048@el2g.example "${to[@]}" -r other-recipient@el2g.example
seal hidden-recipient -u rsa2048@el2g.example -R recipient@el2g.example
seal wrong-recipient -u rsa2048@el2g.example -r other-recipient@el2g.example
seal recipient-algorithm -u rsa2048@el2g.example -r ecdh-recipient@el2g.example
seal signature-expired -u rsa2048@el2g.example "${to[@]}" --default-sig-expire 1d
at=20370101T000000 seal signature-future -u rsa2048@el2g.example "${to[@]}"
message file-name -s -e -u rsa2048@el2g.example "${to[@]}" --digest-algo SHA256 --set-filename master.hex < "$home/key.hex"
message unsigned "${settings[@]}" -e "${to[@]}" < "$home/key.hex"
message not-encrypted "${settings[@]}" -s -u rsa2048@el2g.example < "$home/key.hex"
message no-recipient "${settings[@]}" --passphrase "$passphrase" -s -c -u rsa2048@el2g.example < "$home/key.hex"
message clear-signed --digest-algo SHA256 --clear-sign -u rsa2048@el2g.example < "$home/key.hex"
message detached-signature --digest-algo SHA256 --detach-sign -u rsa2048@el2g.example < "$home/key.hex"
message password-recipient "${settings[@]}" --passphrase "$passphrase" -s -e -c -u rsa2048@el2g.example "${to[@]}" < "$home/key.hex"
gpg --faked-system-time 20240601T000000 --passphrase '' --no-armor "${settings[@]}" -o "$here/messages/not-armored.gpg" -s -e -u rsa2048@el2g.example "${to[@]}" < "$home/key.hex"
content_case() { local name=$1; printf "$2" > "$home/content"; content=$home/content seal "$name" -u rsa2048@el2g.example "${to[@]}"; }
content_case content-white-space '0011 2233\n4455\n'
content_case content-newline '00112233445566778899aabbccddeeff\n'
content_case content-long "$(printf '%01002d' 0)"
content_case content-0x '0x00112233'
content_case content-byte-order-mark '\xEF\xBB\xBF00112233'
content_case content-not-hex 'key=00112233'
content_case content-odd '00112'
content_case content-empty ''
head -c 3000000 /dev/zero > "$home/content"; content=$home/content seal too-large-inside -u rsa2048@el2g.example "${to[@]}"
head -c 1000000000 /dev/zero | message bomb "${settings[@]}" --compress-algo bzip2 -s -e -u rsa2048@el2g.example "${to[@]}"

# Damage around and in the armor of the accepted message.
sound=$here/messages/accepted-2048.asc
{ printf '\xEF\xBB\xBF'; cat "$sound"; } > "$here/messages/byte-order-mark.asc"
{ echo "Hello,"; cat "$sound"; } > "$here/messages/text-before.asc"
{ cat "$sound"; echo "Regards"; } > "$here/messages/text-after.asc"
cat "$sound" "$here/messages/accepted.asc" > "$here/messages/several-messages.asc"
grep -v '^=' "$sound" > "$here/messages/checksum-missing.asc"
sed '10s/^....//' "$sound" > "$here/messages/armor-damaged.asc"
sed 's/$/ /' "$sound" > "$here/messages/trailing-blanks.asc"
sed 's/$/\r/' "$sound" > "$here/messages/crlf.asc"
head -n 12 "$sound" > "$here/messages/cut-short.asc"
sed '1a Comment: made by hand' "$sound" > "$here/messages/armor-headers.asc"
cp "$here/rsa2048.pub.asc" "$here/messages/not-a-message.asc"
echo "see attachment" > "$here/messages/not-openpgp.asc"
sed '/^$/d' "$sound" > "$here/messages/armor-not-parted.asc"
tr -d '\n' < "$sound" > "$here/messages/one-line.asc"
sed 's/^/> /' "$sound" > "$here/messages/quoted.asc"
: > "$here/messages/empty.asc"

"$(dirname "$0")/openpgp-others.sh"
"$(dirname "$0")/published_keys.py"
ls "$here" "$here/messages"
