"""NXP's `el2go-helper` and its providers (PyPI: spsdk-el2go) against the sandbox.

Usage: helper.py BASE_URL TOKEN_FILE CA_FILE FOLDER

Ends with status 0 when every command of `el2go-helper` was run and did what it must, and when spsdk signs and derives keys
through its providers. The keys are the sandbox's fixed set (crates/sandbox/DIFFERENCES.md).
"""

import os
import pathlib
import subprocess
import sys

BASE, TOKEN_FILE, CA_FILE, FOLDER = sys.argv[1:5]
FOLDER = pathlib.Path(FOLDER).resolve()
TOKEN = pathlib.Path(TOKEN_FILE).read_text(encoding="utf-8").strip()
os.environ["REQUESTS_CA_BUNDLE"] = CA_FILE
# Where public keys are cached.
os.environ["HOME"] = os.environ["XDG_CACHE_HOME"] = str(FOLDER)

from spsdk.crypto.keys import PublicKey  # noqa: E402
from spsdk_el2go import EL2GoKDP, EL2GoSP  # noqa: E402
from spsdk_el2go.cli import main as helper_main  # noqa: E402

RAN = set()


def holds(what, truth):
    """One thing that must hold."""
    if not truth:
        sys.exit(f"does not hold: {what}")
    print(f"holds: {what}")


def helper(*arguments):
    """Runs `el2go-helper`; status and output."""
    RAN.add(arguments[0])
    program = pathlib.Path(sys.executable).with_name("el2go-helper")
    ran = subprocess.run(
        [sys.executable, program, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr


def config(key_set, key, token=TOKEN):
    """A configuration file."""
    (FOLDER / "api_key").write_text(token, encoding="utf-8")
    path = FOLDER / f"helper-{key_set}-{key}.yaml"
    path.write_text(
        f"url: {BASE}\napi_key: {FOLDER / 'api_key'}\nkey_set_id: {key_set}\nkey_id: {key}\n",
        encoding="utf-8",
    )
    return str(path)


def main():
    """Every command, then the providers."""
    status, _ = helper("get-template", "-o", "helper.yaml")
    holds("el2go-helper get-template", status == 0 and "key_set_id" in (FOLDER / "helper.yaml").read_text())
    status, text = helper("download-public-key", "-c", config(1, 1), "-o", "signer.pem")
    holds("el2go-helper download-public-key", status == 0 and "downloaded" in text)
    public = PublicKey.load(str(FOLDER / "signer.pem"))
    status, text = helper("download-public-key", "-c", config(1, 99), "-o", "none.pem")
    holds("el2go-helper says that there is no such key", status != 0 and not (FOLDER / "none.pem").exists())
    holds("every command of el2go-helper was run", RAN == set(helper_main.commands))

    for number, kind in ((1, "P-256"), (2, "P-384"), (4, "RSA 2048"), (5, "RSA 3072")):
        provider = EL2GoSP(config_path=config(1, number))
        signature = provider.sign(b"firmware")
        key = PublicKey.parse(provider.client.download_public_key(key_info=provider.key_info))
        algorithm = provider.key_info.hash_algorithm
        verified = key.verify_signature(signature, b"firmware", algorithm=algorithm)
        fits = len(signature) == provider.signature_length
        holds(f"spsdk verifies what its provider has signed with {kind}", verified and fits)
    provider = EL2GoSP(config_path=config(1, 1))
    holds("the provider has the public key of el2go-helper", provider.verify_public_key(public))
    deriver = EL2GoKDP(config_path=config(2, 1))
    first, second = deriver.remote_cmac(b"data"), deriver.remote_cmac(b"data")
    holds("spsdk derives keys by CMAC", len(first) == 16 and first == second)
    print("el2go-helper and its providers work")


if __name__ == "__main__":
    main()
