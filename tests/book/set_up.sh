# What the reader of a page has already: `<!-- set-up: rehearsal -->` in a page calls set_up_rehearsal there.
# $TESTDATA names testdata/. The key of the built-in service is made before the page is pasted.

# What docs/start.md leaves: the folder, the built-in service in the background, its profile, a signing key and its
# passphrase, a key to import, and a root.
set_up_rehearsal() {
    umask 077
    mkdir rehearsal
    cd rehearsal
    el2g sandbox serve --save-profile sandbox >sandbox.json 2>sandbox.log &
    while kill -0 $! && [ ! -s sandbox.json ]; do sleep 0.1; done
    export EL2G_PROFILE=sandbox EL2G_PASSPHRASE_FILE=passphrase
    head -c 24 /dev/urandom | base64 >passphrase
    od -An -tx1 -N32 /dev/urandom | tr -d ' \n' >key.hex
    el2g pgp keygen --user-id 'Key Team <keys@example.com>' --bits 2048 --secret-out signer.asc --public-out signer.pub.asc
    el2g ca root --subject 'CN=Pilot Root,O=Example,C=AT' --key-out root.key --out root.pem
}
