//! AES, HMAC and binary payloads for EdgeLock 2GO: hex rules, generation, checksum.
