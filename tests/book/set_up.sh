# What the reader of a page has already, and what it leaves: `<!-- set-up: service keys -->` in a page calls set_up_service and set_up_keys there.
# $TESTDATA names testdata/. The key of the built-in service is made before the page is pasted.

# The folder, the built-in service in the background with its profile, and a passphrase, as docs/start.md begins.
set_up_service() {
    umask 077
    mkdir rehearsal
    cd rehearsal
    el2g sandbox serve --save-profile sandbox >sandbox.json 2>sandbox.log &
    while kill -0 $! && [ ! -s sandbox.json ]; do sleep 0.1; done
    export EL2G_PROFILE=sandbox EL2G_PASSPHRASE_FILE=passphrase
    head -c 24 /dev/urandom | base64 >passphrase
}

# The key to import and the signing key of docs/start.md.
set_up_keys() {
    od -An -tx1 -N32 /dev/urandom | tr -d ' \n' >key.hex
    el2g pgp keygen --user-id "Key Team <keys@example.com>" --bits 2048 --secret-out signer.asc --public-out signer.pub.asc
}

# The root of docs/enrol-a-ca.md, and its CA `line-7`.
set_up_ca() {
    el2g ca root --subject 'CN=Pilot Root,O=Example,C=AT' --key-out root.key --out root.pem
    el2g intermediate-ca enroll --name line-7 --common-name 'Line 7 CA' --root root.pem --root-key root.key --yes
}

# The agent of a page's own keyring ends with it.
set_up_end_of_gnupg() {
    gpgconf --kill all
}

# A page on which el2g refuses: its exit code is 3, as the page says, and the shell goes on.
set_up_refusal() {
    el2g() {
        local code=0
        command el2g "$@" || code=$?
        test "$code" = 3
    }
}

# From here on el2g succeeds again.
set_up_end_of_refusal() {
    unset -f el2g
}

# The fingerprint that the reader copied from what `gpg --list-keys` printed.
set_up_fingerprint() {
    fingerprint=$(gpg --with-colons --list-keys signer@example.com | awk -F: '$1 == "fpr" { print $10; exit }')
}

# The team's OpenPGP key, of which they keep the secret half.
set_up_team() {
    cp "$TESTDATA/openpgp/other-recipient.pub.asc" team.asc
}

# A folder with the certificate of `line-7`.
set_up_certificates() {
    mkdir certificates
    el2g intermediate-ca download line-7 >certificates/line-7.pem
}

# A machine that has no settings; the key of its recipient is the one that the built-in service has.
set_up_offline() {
    umask 077
    mkdir offline
    cd offline
    export EL2G_PASSPHRASE_FILE=passphrase
    head -c 24 /dev/urandom | base64 >passphrase
    cp "$TESTDATA/openpgp/recipient.pub.asc" edgelock2go.asc
    set_up_keys
}

# Another machine with the built-in service, to which the message was carried.
set_up_online() {
    cd ..
    set_up_service
    cp ../offline/line-key.pgp ../offline/line-key.json ../offline/signer.pub.asc .
}

# An empty folder.
set_up_folder() {
    umask 077
    mkdir rehearsal
    cd rehearsal
}

# SoftHSM with its tokens in a folder of the page, and a root whose key can be written to one.
set_up_token() {
    mkdir tokens
    echo "directories.tokendir = $PWD/tokens" >softhsm2.conf
    export SOFTHSM2_CONF=$PWD/softhsm2.conf
    EL2G_PKCS11_MODULE=$(find /usr/lib -name libsofthsm2.so 2>/dev/null | head -1)
    export EL2G_PKCS11_MODULE
    openssl ecparam -name prime256v1 -genkey -noout -out root.key
    openssl ec -in root.key -outform DER -out root.der
    openssl req -x509 -new -key root.key -days 9000 -subj '/CN=Pilot Root' -out root.pem
}
