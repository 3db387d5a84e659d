"""Every implemented call of NXP's `el2goAPI/API.py` (NXP/el2go-agent, testdata/el2go-agent) against the sandbox.

Usage: agent_api.py BASE_URL TOKEN_FILE CA_FILE FOLDER API_FOLDER

BASE_URL is the sandbox's origin (https); FOLDER holds `hmac.asc`, `file.asc` and `firmware.asc`, messages sealed to the
sandbox, and `signer.pub`, the key that signed them; API_FOLDER is the folder that `el2goAPI` is in. Ends with status 0 when
every implemented function was called and every call was answered as it must be.
"""

import base64
import inspect
import os
import pathlib
import sys

import requests

BASE, TOKEN_FILE, CA_FILE, FOLDER, API_FOLDER = sys.argv[1:6]
FOLDER = pathlib.Path(FOLDER).resolve()
os.environ["REQUESTS_CA_BUNDLE"] = CA_FILE
sys.path.insert(0, API_FOLDER)

from el2goAPI import API  # noqa: E402
from el2goAPI.AlgorithmType import AlgorithmType  # noqa: E402
from el2goAPI.CertificateValidity import CertificateValidity  # noqa: E402
from el2goAPI.ProductHardwareFamilyType import ProductHardwareFamilyType  # noqa: E402

TOKEN = pathlib.Path(TOKEN_FILE).read_text(encoding="utf-8").strip()
# RW612, whose family is what these functions send unless told otherwise.
NC12 = "999340000612"
PUBLIC_KEY = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEXn7FNeaGqVIDL8TNtkWtPnP32jZm\n"
    "L1JuElbWxFlIKhZBv5wOGzTFHWqSzOQjEbf9Lg4upl4cFypp5BirjokPhA==\n"
    "-----END PUBLIC KEY-----\n"
)
CALLED = set()


def functions():
    """Every function of the module that asks the service, by its name."""
    public = inspect.getmembers(API, inspect.isfunction)
    return {name: one for name, one in public if not name.startswith("_") and "APIUrl" not in name}


def is_implemented(function):
    """Whether the module does more than to say that it does not."""
    return "NOT IMPLEMENTED" not in inspect.getsource(function)


def call(name, *arguments, **named):
    """Calls a function, which must be answered with success; the JSON of the answer, if there is any."""
    answer = functions()[name](TOKEN, *arguments, **named)
    if not isinstance(answer, requests.Response) or not answer.ok:
        sys.exit(f"{name}: {getattr(answer, 'status_code', answer)} {getattr(answer, 'text', '')}")
    CALLED.add(name)
    print(f"answered: {name} {answer.status_code}")
    return answer.json() if answer.text else None


def text(name):
    """A file of this run."""
    return (FOLDER / name).read_text(encoding="utf-8")


def main():
    """Every call once, in the order in which a customer makes them."""
    API.setAPIUrl(f"{BASE}/api/v1/")
    group = call("createDeviceGroup", NC12, "agent")["id"]
    other = call("createDeviceGroup", NC12, "other")["id"]
    call("updateDeviceGroupName", NC12, group, "renamed")
    call("addDevicesToDeviceGroup", NC12, group, ["101", "102"])
    call("addDeviceToDeviceGroup", NC12, group, "103")

    key = call("createKeypair", "key", "83000001", AlgorithmType.NIST_P256)["id"]
    authority = call("createIntermediateCertificateSignedByNXPRootCA", "ca", "agent")["id"]
    certificate = call(
        "createX509Certificate", "certificate", "83000002", "agent", key, authority,
        CertificateValidity.fromNumberOfMonths(12),
    )["id"]
    armor = text("signer.pub")
    made = [
        call("createHMACMasterKey", "hmac", "83000003", text("hmac.asc"), armor, 32)["id"],
        call("createConfidentialBinaryFile", "file", "83000004", text("file.asc"), armor)["id"],
        call("createNonConfidentialBinaryFile", "clear", "83000005", base64.b64encode(b"data").decode())["id"],
        call("createStaticPublicKey", "public", "83000006", PUBLIC_KEY, algorithm=AlgorithmType.NIST_P256)["id"],
        call("createOEMFWAuthenticationKeyHash", "hash", "7FFF817A", base64.b64encode(bytes(32)).decode())["id"],
        call("createOEMFWDecryptionKey", "firmware", "7FFF817B", text("firmware.asc"), armor)["id"],
    ]
    found = call("retrieveSecureObjectByID", key)
    if found["name"] != "key":
        sys.exit(f"another object: {found}")
    for one in (key, certificate, *made):
        call("assignSecureObjectToDeviceGroup", group, one)
    call("assignSecureObjectToDeviceGroup", other, made[0], ProductHardwareFamilyType.RW6)
    provisionings = call("retrieveProvisioningsOfDevice", "101")
    if provisionings["totalElements"] != 8:
        sys.exit(f"not every provisioning: {provisionings}")
    call("unassignSecureObjectFromDeviceGroup", group, certificate)
    call("unassignSecureObjectFromDeviceGroups", [group, other], made[0])
    call("unassignListOfSecureObjectsFromDeviceGroup", group, [key, *made[1:]])
    call("deleteSecureObject", certificate)
    call("unclaimDevicesFromDeviceGroup", NC12, group, ["101"])
    call("unclaimDeviceFromDeviceGroup", NC12, group, "102")
    call("unclaimAllDevicesFromDeviceGroup", NC12, group)
    call("deleteDeviceGroup", NC12, group)

    implemented = {name for name, one in functions().items() if is_implemented(one)}
    if CALLED != implemented:
        sys.exit(f"not called: {sorted(implemented - CALLED)}; unknown: {sorted(CALLED - implemented)}")
    print(f"all {len(implemented)} implemented calls were answered")


if __name__ == "__main__":
    main()
