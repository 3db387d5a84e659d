#!/bin/sh
# Private keys as OpenSSL writes them, in every form `ca sign` reads, and some it refuses.
# Throw-away keys: they protect nothing. The passphrase of the encrypted ones is `correct horse`.
# Run from the folder of this script; writes ../keys/.
set -eu
cd "$(dirname "$0")/../keys"
rm -f ./*.pem ./*.der ./*.pub
PASS=pass:"correct horse"
quiet() { "$@" 2>/dev/null; }

for curve in P-256 P-384 P-521; do
  name=$(echo "$curve" | tr -d - | tr P p)
  quiet openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -out $name-pkcs8.pem
  openssl pkey -in $name-pkcs8.pem -pubout -outform DER -out $name.pub
  openssl ec -in $name-pkcs8.pem -out $name-sec1.pem 2>/dev/null
done
quiet openssl ecparam -name prime256v1 -out p256-params.tmp
cat p256-params.tmp p256-sec1.pem > p256-sec1-with-parameters.pem
openssl pkey -in p256-pkcs8.pem -outform DER -out p256-pkcs8.der
openssl ec -in p256-pkcs8.pem -outform DER -out p256-sec1.der 2>/dev/null
openssl pkcs8 -topk8 -in p256-pkcs8.pem -out p256-aes256.pem -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 2048 -passout "$PASS"
openssl pkcs8 -topk8 -in p256-pkcs8.pem -out p256-aes256.der -outform DER -v2 aes-256-cbc -iter 2048 -passout "$PASS"
openssl pkcs8 -topk8 -in p256-pkcs8.pem -out p256-aes128-sha1.pem -v2 aes-128-cbc -v2prf hmacWithSHA1 -iter 2048 -passout "$PASS"
openssl pkcs8 -topk8 -in p256-pkcs8.pem -out p256-aes192-sha512.pem -v2 aes-192-cbc -v2prf hmacWithSHA512 -iter 2048 -passout "$PASS"
openssl pkcs8 -topk8 -in p256-pkcs8.pem -out p256-3des.pem -v2 des3 -v2prf hmacWithSHA1 -iter 2048 -passout "$PASS"
openssl pkcs8 -topk8 -in p256-pkcs8.pem -out p256-scrypt.pem -scrypt -passout "$PASS"
openssl pkcs8 -topk8 -in p256-pkcs8.pem -out p256-much-work.pem -v2 aes-256-cbc -iter 5000001 -passout "$PASS"
openssl pkcs8 -topk8 -in p256-pkcs8.pem -out p256-pbes1.pem -v1 PBE-SHA1-3DES -passout "$PASS"
openssl ec -in p256-pkcs8.pem -aes128 -out p256-old-encryption.pem -passout "$PASS" 2>/dev/null
openssl ec -in p256-pkcs8.pem -param_enc explicit -out p256-explicit.pem 2>/dev/null
quiet openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out secp256k1-pkcs8.pem
quiet openssl genpkey -algorithm ED25519 -out ed25519-pkcs8.pem
cat p256-pkcs8.pem p384-pkcs8.pem > two-keys.pem

for bits in 1024 2048 3072 4096; do
  quiet openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:$bits -out rsa$bits-pkcs8.pem
  openssl pkey -in rsa$bits-pkcs8.pem -pubout -outform DER -out rsa$bits.pub
  openssl rsa -in rsa$bits-pkcs8.pem -traditional -out rsa$bits-pkcs1.pem 2>/dev/null
done
openssl rsa -in rsa2048-pkcs8.pem -traditional -outform DER -out rsa2048-pkcs1.der 2>/dev/null
openssl pkcs8 -topk8 -in rsa2048-pkcs8.pem -out rsa2048-aes256.pem -v2 aes-256-cbc -iter 2048 -passout "$PASS"
rm -f ./*.tmp rsa1024.pub
