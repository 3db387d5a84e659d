#!/usr/bin/env python3
"""Runs schemathesis against a sandbox of its own: `run.py EL2G SECONDS SEED...`.

For every seed a fresh sandbox is started, something of every kind is made in it, and schemathesis asks
every operation of its /openapi.json: examples, coverage, fuzzing and stateful phases, by turns at the front
of Foundries.io and at NXP's. SECONDS is what all seeds together may take. Exit code 1 when one failed.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
TESTDATA = HERE.parent.parent / "testdata"
PRODUCT = "935389312472"
TOKEN = "a-token-for-schemathesis"
SECRETS = ["AAECAwQFBgcICQoLDA0ODw==", "EBESExQVFhcYGRobHB0eHw==", "ICEiIyQlJicoKSorLC0uLw=="]


class Sandbox:
    """A sandbox that the program serves, in a folder of its own."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="el2g-schemathesis-")
        home = pathlib.Path(self.folder)
        state = home / ".local/state/el2g/sandbox"
        state.mkdir(parents=True, mode=0o700)
        # The throw-away key, so that nobody waits for one to be made.
        key = state / "recipient-secret.asc"
        shutil.copy(TESTDATA / "openpgp/recipient.sec.asc", key)
        key.chmod(0o600)
        token = home / "token"
        token.write_text(TOKEN)
        token.chmod(0o600)
        self.process = subprocess.Popen(
            [program, "sandbox", "serve", "--token-file", str(token)],
            cwd=home, env={"HOME": self.folder, "PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        )
        self.line = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"OSF-TOKEN": TOKEN, "Content-Type": "application/json"}
        request = urllib.request.Request(self.line["nxpUrl"] + path, data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def connect(self, uid):
        url = f"{self.line['baseUrl']}/_sandbox/control/devices/{uid}/connect"
        request = urllib.request.Request(url, b"", {"OSF-TOKEN": TOKEN}, method="POST")
        urllib.request.urlopen(request).close()


def prepare(sandbox):
    """Something of every kind, so that not every call ends at 404: schemathesis.toml names the ids."""
    groups = f"/products/{PRODUCT}/device-groups"
    for name in ["one", "two", "empty"]:
        sandbox.ask("POST", groups, {"deviceGroupName": name})
    uids = [str(348555491056936142262187597632590342062080 + n) for n in range(3)]
    sandbox.ask("POST", f"{groups}/1/devices", {"deviceIds": uids})
    authority = {"name": "line 7", "algorithm": "NIST_P256"}
    sandbox.ask("POST", "/rtp/intermediate-cas", authority | {"requestType": "WITHOUT_CSR"})
    with_csr = {"requestType": "WITH_CSR", "commonName": "line 8"}
    sandbox.ask("POST", "/rtp/intermediate-cas", authority | with_csr)
    key_pair = {"name": "key", "secureObjectType": "KEYPAIR", "algorithm": "NIST_P256"}
    certificate = {
        "name": "certificate", "secureObjectType": "CERTIFICATE", "objectId": "83000002",
        "keyPairId": 1, "intermediateCaId": 1, "commonNamePrefix": "p",
        "certificateValidity": {"validityType": "MONTH", "spanInMonths": 12},
    }
    sandbox.ask("POST", "/rtp/secure-objects", key_pair | {"objectId": "83000001"})
    sandbox.ask("POST", "/rtp/secure-objects", certificate)
    sandbox.ask("POST", "/rtp/secure-objects", key_pair | {"objectId": "83000003"})
    for object_id in [1, 2]:
        path = f"/rtp/secure-objects/{object_id}/assign-device-group"
        sandbox.ask("POST", path, {"deviceGroupId": "1"})
    code = {"policy": "RESTRICTED", "behavior": "DENY", "deviceLimit": 3, "reusable": False}
    for secret in SECRETS:
        sandbox.ask("POST", f"{groups}/1/claim-codes", code | {"name": "code", "secret": secret})
    batch = code | {"namePrefix": "b", "numberOfClaimCodes": 100}
    sandbox.ask("POST", f"{groups}/2/claim-codes/create-batch", batch)
    sandbox.connect(uids[0])


def main(program, seconds, seeds):
    program = os.path.abspath(program)
    # A proxy has no business with requests to this machine.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    ends = time.monotonic() + float(seconds)
    failed = []
    for index, seed in enumerate(seeds):
        share = (ends - time.monotonic()) / (len(seeds) - index)
        with Sandbox(program) as sandbox:
            prepare(sandbox)
            front = sandbox.line["foundriesUrl" if index % 2 == 0 else "nxpUrl"]
            print(f"seed {seed}: {front}, {share:.0f} s", flush=True)
            ran = subprocess.run(
                [
                    "schemathesis", "--config-file", str(HERE / "schemathesis.toml"),
                    "run", f"{sandbox.line['baseUrl']}/openapi.json", "--url", front,
                    "--header", f"OSF-TOKEN:{TOKEN}", "--seed", seed, "--checks", "all",
                    "--phases", "examples,coverage,fuzzing,stateful",
                    # They are below another base URL.
                    "--exclude-tag", "not in AN12642",
                    "--max-time", str(max(20, int(share))), "--warnings", "off",
                    "--continue-on-failure", "--request-timeout", "60",
                ],
                cwd=sandbox.folder, stdin=subprocess.DEVNULL,
            )
            if ran.returncode != 0 or sandbox.process.poll() is not None:
                failed.append(seed)
    if failed:
        sys.exit(f"schemathesis found faults with seeds {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
