"""RSA keys whose private half anyone can compute, for x509.py. Deterministic: primes are searched from fixed numbers."""

from cryptography.hazmat.primitives.asymmetric import rsa

from x509_der import *  # noqa: F403

E = 65537
SMALL = [n for n in range(2, 752) if all(n % d for d in range(2, n) if d * d <= n)]


def is_prime(n):
    """Miller and Rabin's test to the first twelve primes: enough for numbers nobody chose to fool it."""
    if any(n % p == 0 for p in SMALL):
        return False
    d, twos = n - 1, 0
    while d % 2 == 0:
        d, twos = d // 2, twos + 1
    for base in SMALL[:12]:
        x = pow(base, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def next_prime(n):
    n |= 1
    while not (is_prime(n) and (n - 1) % E):
        n += 2
    return n


def digits(seed, count):
    """A number of `count` bits that looks like no other, its two highest bits set."""
    material = b"".join(hashlib.sha256(f"{seed} {i}".encode()).digest() for i in range(count // 256))
    return int.from_bytes(material, "big") | 3 << (count - 2)


def private_key(p, q):
    d = pow(E, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(E, p * q)
    return rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()


def roca_prime(seed):
    """`k M + (65537^a mod M)` for the M of RSA-2048 keys: the product of the first 126 primes."""
    product = 1
    for prime in SMALL[:126]:
        product *= prime
    factor, power = digits(seed, 1024) // product, int.from_bytes(hashlib.sha256(seed.encode()).digest())
    while True:
        candidate = factor * product + pow(E, power, product)
        if is_prime(candidate):
            return candidate
        power += 1


def close():
    """Two neighbours among the primes."""
    p = next_prime(digits("close", 1024))
    return private_key(p, next_prime(p + 2))


def roca():
    return private_key(roca_prime("first"), roca_prime("second"))


def rsa_spki(modulus, exponent=E):
    return seq(algorithm("1.2.840.113549.1.1.1", NULL), bits(seq(integer(modulus), integer(exponent))))


def square():
    """Only the public half: libraries make no key of it."""
    return rsa_spki(next_prime(digits("square", 1024)) ** 2)
