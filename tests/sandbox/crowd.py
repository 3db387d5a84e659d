#!/usr/bin/env python3
"""Many clients that do anything at all to the same few things: `crowd.py ORIGIN TOKEN_FILE REQUESTS`.

Twelve clients send REQUESTS each, chosen at random from a seed of their own: what is made, assigned, claimed,
connected and read by one is taken away by another. Any answer of 5xx is wrong; which requests are refused is left to
the sandbox, and what is left to `sound.py`.
"""

import base64
import collections
import http.client
import json
import random
import sys
import threading
import urllib.parse

ORIGIN, TOKEN = urllib.parse.urlsplit(sys.argv[1]), open(sys.argv[2]).read().strip()
REQUESTS = int(sys.argv[3])
API, CONTROL = "/api/v1", "/_sandbox"
GROUPS = "/products/935389312472/device-groups"
MONTHS = {"validityType": "MONTH", "spanInMonths": 12}

statuses, failed = collections.Counter(), []
# The ids of what was made, of each kind; the last few are asked for.
made = collections.defaultdict(lambda: [1])


class Client:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.connection = http.client.HTTPConnection(ORIGIN.netloc, timeout=120)

    def ask(self, method, path, body=None, kind=None, front=API):
        headers = {"EL2G-API-Key": TOKEN, "Content-Type": "application/json"}
        self.connection.request(method, front + path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        statuses[answer.status] += 1
        if answer.status >= 500:
            failed.append(f"{method} {path} {body}: {answer.status} {text[:300]}")
        if kind and answer.status == 200:
            made[kind].append(json.loads(text)["id"])

    def one(self, kind):
        return self.random.choice(made[kind][-6:])

    def group(self):
        return f"{GROUPS}/{self.one('group')}"

    def code(self):
        return f"{self.group()}/claim-codes/{self.one('code')}"

    def object(self):
        return f"/rtp/secure-objects/{self.one('object')}"

    def device(self):
        return str(self.random.randint(1, 30))

    def rarely(self):
        return self.random.random() < 0.2

    def new_object(self, kind, more):
        common = {"name": "n", "secureObjectType": kind, "objectId": f"8300000{self.random.randint(0, 9)}",
                  "generateOnDeviceConnection": self.rarely()}
        self.ask("POST", "/rtp/secure-objects", common | more, "object")

    def make(self):
        choice = self.random.randint(0, 4)
        if choice == 0 and self.rarely():
            self.ask("POST", GROUPS, {"deviceGroupName": "g"}, "group")
        elif choice == 1 and self.rarely():
            own = {"algorithm": "NIST_P256", "name": "ca", "requestType": "WITHOUT_CSR"}
            self.ask("POST", "/rtp/intermediate-cas", own, "ca")
        elif choice == 2:
            self.new_object("KEYPAIR", {"algorithm": self.random.choice(["NIST_P256", "NIST_P384"])})
        elif choice == 3:
            order = {"keyPairId": self.one("object"), "intermediateCaId": self.one("ca")}
            self.new_object("CERTIFICATE", order | {"commonNamePrefix": "p", "certificateValidity": MONTHS})
        else:
            self.ask("POST", f"{self.group()}/claim-codes", self.terms() | {"secret": self.secret()}, "code")

    def terms(self):
        return {"name": "c", "policy": "RESTRICTED", "behavior": self.random.choice(["ALLOW", "DENY"]),
                "deviceLimit": self.random.randint(1, 3), "reusable": self.rarely()}

    def secret(self):
        return base64.b64encode(b"%016d" % self.random.randint(1, 9)).decode()

    def change(self):
        devices = {"deviceIds": [self.device(), self.device()]}
        path, body = self.random.choice([
            (f"{self.group()}/devices", devices),
            (f"{self.group()}/register-devices", devices),
            (f"{self.group()}/devices/unclaim", devices),
            (f"{self.object()}/assign-device-group", {"deviceGroupId": self.one("group")}),
            (f"{self.object()}/assign-device-group", {"deviceGroupId": self.one("group")}),
            (f"{self.object()}/unassign-device-groups", [self.one("group")]),
            (f"/rtp/device-groups/{self.one('group')}/unassign-secure-objects", [self.one("object")]),
            (f"{self.code()}/revoke", None),
        ])
        self.ask("POST", path, body)

    def take_away(self):
        path = self.random.choice([self.object(), self.code(), self.object(), self.code(), self.group(),
                                   f"/rtp/intermediate-cas/{self.one('ca')}"])
        self.ask("DELETE", path)
        if self.rarely():
            self.ask("POST", f"{self.group()}/unclaim")
            self.ask("POST", "/claim-codes/delete-by-criteria", {"revoked": True, "maxUsageAchieved": True})

    def connect(self):
        body = {"claimCode": self.secret()} if self.random.random() < 0.6 else {}
        self.ask("POST", f"/control/devices/{self.device()}/connect", body, front=CONTROL)
        downloads = f"/rtp/device-groups/{self.one('group')}/devices/download-provisionings"
        self.ask("POST", downloads, {"deviceIds": [self.device()]})

    def read(self):
        job = self.random.randint(1, 60)
        self.ask("GET", self.random.choice([
            "/devices", "/rtp/secure-objects?sortBy=name", "/rtp/intermediate-cas", f"{self.group()}/devices",
            f"{self.group()}/claim-codes?sortBy=deviceCount", f"{self.group()}/claim-codes/statistics",
            f"{self.object()}/provisionings?sortBy=provisioningState", f"{self.object()}/assigned-device-groups",
            f"/rtp/device-groups/{self.one('group')}/assigned-secure-objects", f"{self.object()}/policies",
            f"/rtp/provisionings/{job}/download-certificate", f"/rtp/devices/{self.device()}/secure-object-provisionings",
        ]))
        if self.rarely():
            self.ask("GET", "/", front=CONTROL)

    def run(self):
        for _ in range(REQUESTS):
            self.random.choice([self.make, self.make, self.change, self.change, self.connect, self.read, self.take_away])()


def main():
    threads = [threading.Thread(target=Client(seed).run) for seed in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{sum(statuses.values())} requests: {dict(sorted(statuses.items()))}")
    for said in failed[:10]:
        print(said)
    # A client that stopped by itself has not sent all of its requests.
    return 1 if failed or sum(statuses.values()) < 10 * REQUESTS else 0


sys.exit(main())
