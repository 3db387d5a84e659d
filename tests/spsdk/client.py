"""NXP's own client library and `el2go-host` (PyPI: spsdk) against the sandbox, step by step.

Usage: client.py BASE_URL TOKEN_FILE CA_FILE FOLDER

BASE_URL is the sandbox's origin (https), FOLDER a place for this run's files. Ends with status 0 when every
step did what it must, and prints one line for each. It uses spsdk's HTTP client unchanged; waiting is cut short.
"""

import json
import os
import pathlib
import ssl
import subprocess
import sys
import time

import requests

BASE, TOKEN_FILE, CA_FILE, FOLDER = sys.argv[1:5]
FOLDER = pathlib.Path(FOLDER).resolve()
TOKEN = pathlib.Path(TOKEN_FILE).read_text(encoding="utf-8").strip()
# requests, which spsdk uses, takes its roots from here.
os.environ["REQUESTS_CA_BUNDLE"] = CA_FILE

import click  # noqa: E402
from spsdk.apps.el2go import main as host_main  # noqa: E402
from spsdk.el2go.api_utils import EL2GOTPClient, GenStatus  # noqa: E402
from spsdk.el2go.client import SPSDKHTTPClientError  # noqa: E402
from spsdk.el2go.database import SecureObjectsDB  # noqa: E402
from spsdk.el2go.secure_objects import ElementTag, SecureObjects  # noqa: E402
from spsdk.exceptions import SPSDKError  # noqa: E402
from spsdk.utils.family import FamilyRevision  # noqa: E402

NC12 = 999340000274
SLEEP = time.sleep
# The library sleeps 2 to 10 s for the real service's races; the sandbox has none.
time.sleep = lambda seconds: SLEEP(min(seconds, 0.2))

# Devices of this run, so that a sandbox may be asked twice.
RUN = os.urandom(4).hex()
STEPS = 0


def step(what, holds):
    """One thing that must hold."""
    global STEPS
    if not holds:
        sys.exit(f"does not hold: {what}")
    STEPS += 1
    print(f"holds: {what}")


def ask(method, path, body=None):
    """A request of our own, for what spsdk has no call for."""
    answer = requests.request(
        method, f"{BASE}{path}", json=body, headers={"EL2G-API-Key": TOKEN}, timeout=60
    )
    if not answer.ok:
        sys.exit(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer.json() if answer.text.startswith(("{", "[")) else answer.text


def refused(call):
    """The error that spsdk raises for a call that must be refused."""
    try:
        call()
    except SPSDKError as error:
        return error
    return sys.exit(f"was not refused: {call}")


def client(group, nc12=NC12, token=TOKEN, domains=None):
    """spsdk's client for a device group."""
    return EL2GOTPClient(
        api_key=token,
        nc12=nc12,
        device_group_id=group,
        family=FamilyRevision("mcxn947"),
        url=BASE,
        timeout=60,
        download_timeout=60,
        delay=1,
        prov_fw_path=None,
        secure_objects_address="0x2000_0000",
        **({} if domains is None else {"domains": domains}),
    )


def new_group(name):
    """A device group; its id."""
    made = ask("POST", f"/api/v1/products/{NC12}/device-groups", {"deviceGroupName": name})
    return made["id"]


def new_objects(group, first, on_connection=False):
    """A key pair, its certificate and a public file, assigned to a group; the certificate's id."""
    default = {"policySourceType": "DEFAULT", "generateOnDeviceConnection": on_connection}
    objects = "/api/v1/rtp/secure-objects"
    authority = ask(
        "POST",
        "/api/v1/rtp/intermediate-cas",
        {"algorithm": "NIST_P256", "name": "spsdk", "requestType": "WITHOUT_CSR"},
    )
    key = {"name": "key", "secureObjectType": "KEYPAIR", "algorithm": "NIST_P256"}
    key = ask("POST", objects, {**key, **default, "objectId": f"{first:08x}"})["id"]
    certificate = {
        "name": "certificate",
        "secureObjectType": "CERTIFICATE",
        "objectId": f"{first + 1:08x}",
        "keyPairId": key,
        "intermediateCaId": authority["id"],
        "commonNamePrefix": "spsdk",
        "certificateValidity": {"validityType": "MONTH", "spanInMonths": 12},
    }
    certificate = ask("POST", objects, {**certificate, **default})["id"]
    for secure_object in (key, certificate):
        path = f"{objects}/{secure_object}/assign-device-group"
        ask("POST", path, {"deviceGroupId": group})
    return key, certificate


def device(number):
    """A device id as spsdk holds them: decimal text."""
    return str(int(f"04005001{RUN}{number:020x}", 16))


#: Commands of `el2go-host` that are not run here, and why.
NOT_RUN = {
    "dev get-uuid": "reads a board",
    "dev prepare-device": "writes a board",
    "dev provision-device": "writes a board",
    "dev provision-objects": "writes a board",
    "dev run-provisioning": "runs a board",
    "prod prepare-device": "writes a board",
    "prod provision-device": "writes a board",
    "prod run-provisioning": "runs a board",
    "prod store-report": "stores what a board has signed",
    "utils get-fw-version": "reads a board",
    "prod tbr-replace-puk": "not finished in spsdk: it writes a column that its database does not have",
    "prod validate-reports": "not implemented in spsdk",
}
RAN = set()


def every_command():
    """The commands of `el2go-host`, by its own tree. Those that are hidden are older names of others."""
    found = set()
    waiting = [("", host_main)]
    while waiting:
        words, group = waiting.pop()
        for name, command in group.commands.items():
            if isinstance(command, click.Group):
                waiting.append((f"{words}{name} ", command))
            elif not command.hidden:
                found.add(f"{words}{name}")
    return found


def el2go_host(*arguments):
    """The command line program; status and output."""
    RAN.add(" ".join(arguments[:2]) if arguments[0] in ("dev", "prod", "utils") else arguments[0])
    program = pathlib.Path(sys.executable).with_name("el2go-host")
    ran = subprocess.run(
        [sys.executable, program, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr


def config(name, group, token=TOKEN):
    """A configuration file for `el2go-host`, made from its own template."""
    (FOLDER / "key").write_text(token, encoding="utf-8")
    path = FOLDER / name
    lines = [
        "family: mcxn947",
        f"url: {BASE}",
        f"api_key: {FOLDER / 'key'}",
        f"device_group_id: {group}",
        f"nc12: {NC12}",
        "domains: [RTP, MATTER]",
        "delay: 1",
        "secure_objects_address: 0x2000_0000",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def main():
    """Every call in the order in which NXP's tools make them."""
    home, other = new_group("spsdk home"), new_group("spsdk other")
    key, certificate = new_objects(home, 0x83000000)
    here, there = client(home), client(other)
    first, second = device(1), device(2)

    here.test_connection()
    step("test_connection finds product and device group", True)
    error = refused(client(home + 1000).test_connection)
    step("test_connection says 404 for no such group", error.status_code == 404)
    error = refused(client(home, token="wrong").test_connection)
    step("test_connection says 401 for a wrong key", error.status_code == 401)

    here.assign_device_to_devicegroup(first)
    here.assign_device_to_devicegroup(first)
    step("a device is assigned, twice without harm", here.get_uuids() == [first])
    step("its group is found", here._find_device_group_id(first) == str(home))
    error = refused(lambda: here._find_device_group_id(second))
    step("a device in no group is not found", "was not found" in str(error))

    error = refused(lambda: there.assign_device_to_devicegroup(first))
    step("a device of another group is not taken", error.status_code == 422)
    there.assign_device_to_devicegroup(first, allow_reassignment=True)
    moved = there.get_uuids() == [first] and here.get_uuids() == []
    step("it is moved where that is allowed", moved)
    here.assign_device_to_devicegroup(first, allow_reassignment=True)

    status = here.get_generation_status(first)
    step("generation is completed", status == GenStatus.GENERATION_COMPLETED.value[0])
    provisionings = here.download_provisionings(first)
    listed = [entry["deviceId"] for entry in provisionings]
    kinds = [one["secureObject"]["type"] for one in provisionings[0]["rtpProvisionings"]]
    step("its provisionings are downloaded", listed == [first] and sorted(kinds) == ["CERTIFICATE", "KEYPAIR"])
    data = here.download_secure_objects(first)
    parsed = SecureObjects.parse(data)
    ids = sorted(one.get_object_id() for one in parsed)
    step("spsdk parses the secure objects", ids == [0x83000000, 0x83000001])
    step("and writes them again as they were", parsed.export() == data)
    blob = next(
        element.value
        for one in parsed
        for element in one
        if one.get_object_id() == 0x83000001 and element.tag == ElementTag.KEY_BLOB
    )
    number = next(
        one["provisioningId"]
        for one in provisionings[0]["rtpProvisionings"]
        if one["secureObject"]["id"] == certificate
    )
    leaf = ask("GET", f"/api/v1/rtp/provisionings/{number}/download-certificate")
    step("the certificate inside is the one of 4.5.11", ssl.PEM_cert_to_DER_cert(leaf) == blob)
    matter = client(home, domains=["MATTER"])._download_provisionings(first)
    step("the MATTER domain alone has none", matter == [{"deviceId": first, "rtpProvisionings": []}])
    error = refused(lambda: here._download_provisionings(second))
    step("a device of no group has none to download", error.status_code == 404)

    many = [device(number) for number in range(10, 15)]
    job, size = here.register_devices(list(many))
    details = here.get_job_details(job)
    step("devices are registered by a job", size == 5 and details["deviceIds"] == many)
    done = (details["state"], details["provisionedPercentage"])
    step("whose objects are made", done == ("COMPLETED_SUCCESSFULLY", 100))
    here._wait_for_job(job)
    step("no such job is None", here.get_job_details("00000000-0000-0000-0000-000000000000") is None)
    step("all are in the group", sorted(here.get_uuids()) == sorted([first, *many]))
    there.assign_device_to_devicegroup(second)
    error = refused(lambda: here.register_devices([second, device(20)]))
    step("a job refuses devices of another group", error.status_code == 422)
    job, size = here.register_devices([second, device(20)], remove_errors=True)
    details = here.get_job_details(job)
    step("and goes on without them", size == 1 and details["deviceIds"] == [device(20)])
    packages = here._download_provisionings(many)
    step("one download serves many devices", [one["deviceId"] for one in packages] == many)
    split = EL2GOTPClient.split_uuids_to_jobs(many, 2)
    step("large lists are split into jobs", [len(part) for part in split] == [1, 2, 2])

    ask(
        "POST",
        f"/_sandbox/control/devices/{first}/connect",
        {"failures": {str(key): "GENERATION_FAILED"}},
    )
    error = refused(lambda: here.get_generation_status(first))
    step("a failed generation is reported", "failed" in str(error))
    ask("POST", f"/_sandbox/control/devices/{first}/connect")
    ask("POST", f"/_sandbox/control/devices/{device(20)}/connect", {"failures": {str(key): "PROVISIONING_FAILED"}})
    states = {one["state"] for one in here._download_provisionings(first)[0]["rtpProvisionings"]}
    step("what a device has got can be downloaded again", states == {"PROVISIONING_COMPLETED"} and len(here.download_secure_objects(first)) > 300)
    state = here.get_job_details(job)["state"]
    step("a job whose device failed has failed", state == "JOB_FAILED")

    response, _ = here._unassign_device_from_group([first, *many], wait_time=0)
    step("devices are unclaimed", response.json_body["successfulDeviceIds"] == [first, *many])
    step("and gone", here.get_uuids() == [device(20)])

    waiting = new_group("spsdk on connection")
    new_objects(waiting, 0x83000010, on_connection=True)
    late = client(waiting)
    late.assign_device_to_devicegroup(device(30))
    step("what waits for its device is no data", late.download_secure_objects(device(30)) == b"")

    commands()
    products()
    offline()
    unknown = every_command() ^ (RAN | set(NOT_RUN))
    step("every command of el2go-host is run, or says why not", not unknown and not RAN & set(NOT_RUN))
    print(f"all {STEPS} steps held")


def products():
    """`el2go-host prod`: objects for devices that the service does not know."""
    group, static = new_group("el2go-host prod"), new_group("el2go-host static")
    new_objects(group, 0x83000030)
    # Without an object that every device gets, spsdk hands out nothing.
    file = {
        "name": "file",
        "secureObjectType": "BINARY_FILE",
        "objectId": "83000040",
        "payload": {"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": "YQ=="},
    }
    file = ask("POST", "/api/v1/rtp/secure-objects", file)["id"]
    ask("POST", f"/api/v1/rtp/secure-objects/{file}/assign-device-group", {"deviceGroupId": group})
    good, plain = config("prod.yaml", group), config("static.yaml", static)
    status, text = el2go_host("prod", "get-template", "-f", "mcxn947", "-o", "prod-template.yaml")
    step("el2go-host prod get-template", status == 0)
    status, text = el2go_host("prod", "get-secure-objects", "-c", good, "-d", "2", "-o", "batch.db")
    step("el2go-host prod get-secure-objects makes a batch", status == 0 and "Created new batch" in text)
    batch = text.split("ID: ")[1].split()[0]
    status, text = el2go_host("prod", "get-secure-objects", "-c", good, "-b", batch, "-o", "again.db")
    step("and downloads one that is there", status == 0)
    seen = set()
    for number in range(2):
        status, _ = el2go_host("prod", "get-next-so", "-db", "batch.db", "-o", f"next-{number}.bin")
        data = (FOLDER / f"next-{number}.bin").read_bytes()
        ids = sorted(one.get_object_id() for one in SecureObjects.parse(data))
        step("el2go-host prod get-next-so has the objects of a device", status == 0 and ids == [0x83000030, 0x83000031, 0x83000040])
        seen.add(data)
    status, _ = el2go_host("prod", "get-next-so", "-db", "batch.db", "-o", "next-2.bin")
    step("of each once", len(seen) == 2 and status != 0)
    status, text = el2go_host("prod", "db-stats", "-db", "batch.db")
    step("el2go-host prod db-stats", status == 0 and "Statistics" in text)
    status, _ = el2go_host("prod", "tbr-reset-db", "-db", "batch.db")
    step("el2go-host prod tbr-reset-db", status == 0)
    status, text = el2go_host("prod", "get-secure-objects", "-c", plain, "-d", "2", "-o", "static.db")
    step("a group without objects of each device has static ones", status == 0 and "have dynamic data" in text)


def offline():
    """What asks no service and works on files of the others."""
    status, _ = el2go_host("dev", "combine-uuid-db", "-i", "uuids.db", "-o", "combined.db")
    step("el2go-host dev combine-uuid-db", status == 0)
    (FOLDER / "otp.yaml").write_text("family: rw610\nregisters:\n  BOOT_CFG0: 0x1\n", encoding="utf-8")
    status, _ = el2go_host("utils", "get-otp-binary", "-c", "otp.yaml", "-o", "otp.bin")
    step("el2go-host utils get-otp-binary", status == 0 and (FOLDER / "otp.bin").stat().st_size > 0)
    for group in ("dev", "prod", "utils"):
        command = "get-template" if group != "utils" else "get-fw-version"
        status, text = el2go_host(group, "get-families", "-c", command)
        step(f"el2go-host {group} get-families", status == 0)
    status, _ = el2go_host("get-families", "-c", "get-template")
    step("el2go-host get-families", status == 0)


def commands():
    """`el2go-host` itself."""
    group = new_group("el2go-host")
    new_objects(group, 0x83000020)
    good = config("good.yaml", group)
    status, text = el2go_host("utils", "test-connection", "-c", good)
    step("el2go-host utils test-connection", status == 0 and "tested successfully" in text)
    status, text = el2go_host("utils", "test-connection", "-c", config("bad.yaml", group, "wrong"))
    step("el2go-host says 401 for a wrong key", status != 0 and "401" in text)
    config("good.yaml", group)
    status, text = el2go_host("dev", "get-template", "-f", "mcxn947", "-o", "template.yaml")
    step("el2go-host dev get-template", status == 0)

    uuids = [device(number) for number in range(40, 43)]
    database = str(FOLDER / "uuids.db")
    with SecureObjectsDB.create(file_path=database) as db:
        for uuid in uuids:
            db.add_uuid(uuid=uuid)
    status, text = el2go_host("dev", "get-secure-objects", "-c", good, "-db", database)
    step("el2go-host dev get-secure-objects fills a database", status == 0 and "completed successfully" in text)
    status, text = el2go_host("dev", "parse-uuid-db", "-i", database, "-o", "objects")
    step("el2go-host dev parse-uuid-db", status == 0 and len(list((FOLDER / "objects").iterdir())) == 3)
    status, text = el2go_host("dev", "unclaim", "-c", good, "-db", database, "-y")
    step("el2go-host dev unclaim", status == 0 and client(group).get_uuids() == [])
    status, text = el2go_host("dev", "bulk-so-download", "-c", good, "-db", database, "-t", "0", "-s", "2")
    step("el2go-host dev bulk-so-download fills the database", status == 0 and text.count("added to database") == 3)


if __name__ == "__main__":
    main()
