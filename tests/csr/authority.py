"""Requests with odd subjects, and a CA in the way people write one with Python's `cryptography`.

    python3 authority.py requests        writes NAME.csr for every odd subject
    python3 authority.py sign            signs every *.csr under root.pem / root.key, in three ways

`kept` hands the request's name on; `rebuilt` makes it anew from types and texts, as most examples do;
`looked-up` takes the first attribute of each type that it knows.
"""

import datetime
import glob
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

PRINTABLE, UTF8, IA5 = _ASN1Type.PrintableString, _ASN1Type.UTF8String, _ASN1Type.IA5String


def rdn(*attributes):
    return x509.RelativeDistinguishedName(
        x509.NameAttribute(oid, text, _type=string_type) for oid, text, string_type in attributes)


COUNTRY = rdn((NameOID.COUNTRY_NAME, "AT", PRINTABLE))
STATE = rdn((NameOID.STATE_OR_PROVINCE_NAME, "Styria", UTF8))
WORKS = rdn((NameOID.ORGANIZATION_NAME, "Example Works", UTF8))
NAME = rdn((NameOID.COMMON_NAME, "Line 7 CA", UTF8))


def unit(text, string_type=UTF8):
    return rdn((NameOID.ORGANIZATIONAL_UNIT_NAME, text, string_type))


SUBJECTS = {
    "mixed-strings": [
        COUNTRY, STATE, WORKS, unit("Line 7", PRINTABLE),
        rdn((NameOID.COMMON_NAME, "Line 7 CA", PRINTABLE))],
    "common-name-first": [NAME, WORKS, STATE, COUNTRY],
    "multi-valued": [
        COUNTRY, STATE, WORKS,
        rdn((NameOID.COMMON_NAME, "Line 7 CA", UTF8),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, "Line 7", UTF8))],
    "several-units": [COUNTRY, STATE, WORKS, unit("Line 7"), unit("Devices"), NAME],
    "unit-twice": [COUNTRY, STATE, WORKS, unit("Devices"), unit("Devices"), NAME],
    "escaped": [
        COUNTRY, STATE, WORKS, unit('Sons, "Works" + <7>; #1\\'),
        rdn((NameOID.COMMON_NAME, "Línea 7 = €", UTF8))],
    "spaces": [COUNTRY, STATE, WORKS, rdn((NameOID.COMMON_NAME, " Line  7 CA ", UTF8))],
    "mail-and-serial": [
        COUNTRY, STATE, WORKS, rdn((NameOID.SERIAL_NUMBER, "33", PRINTABLE)), NAME,
        rdn((NameOID.EMAIL_ADDRESS, "ca@example.com", IA5))],
}


def write_requests():
    for name, subject in SUBJECTS.items():
        key = ec.generate_private_key(ec.SECP256R1())
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
        request = builder.sign(key, hashes.SHA256())
        write(f"{name}.csr", request)


def write(name, signed):
    with open(name, "wb") as file:
        file.write(signed.public_bytes(serialization.Encoding.PEM))


def rebuilt(subject):
    return x509.Name([x509.NameAttribute(part.oid, part.value) for part in subject])


def looked_up(subject):
    found = []
    for oid in (NameOID.COUNTRY_NAME, NameOID.STATE_OR_PROVINCE_NAME, NameOID.LOCALITY_NAME,
                NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME):
        for part in subject.get_attributes_for_oid(oid)[:1]:
            found.append(x509.NameAttribute(oid, part.value))
    return x509.Name(found)


WAYS = {"kept": lambda subject: subject, "rebuilt": rebuilt, "looked-up": looked_up}


def sign():
    with open("root.pem", "rb") as file:
        root = x509.load_pem_x509_certificate(file.read())
    with open("root.key", "rb") as file:
        root_key = serialization.load_pem_private_key(file.read(), None)
    now = datetime.datetime.now(datetime.timezone.utc)
    usage = dict.fromkeys(
        ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
         "key_agreement", "encipher_only", "decipher_only"], False)
    for file in glob.glob("*.csr"):
        with open(file, "rb") as opened:
            request = x509.load_pem_x509_csr(opened.read())
        for way, subject in WAYS.items():
            identifier = x509.SubjectKeyIdentifier.from_public_key(request.public_key())
            authority = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            builder = (
                x509.CertificateBuilder()
                .subject_name(subject(request.subject))
                .issuer_name(root.subject)
                .public_key(request.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(now)
                .not_valid_after(now + datetime.timedelta(days=4000))
                .add_extension(x509.BasicConstraints(True, 0), True)
                .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), True)
                .add_extension(identifier, False)
                .add_extension(
                    x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority),
                    False)
            )
            write(f"{file[:-4]}.{way}.pem", builder.sign(root_key, hashes.SHA256()))


if __name__ == "__main__":
    {"requests": write_requests, "sign": sign}[sys.argv[1]]()
