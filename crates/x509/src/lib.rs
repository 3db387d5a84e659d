//! X.509 names, keys, requests, certificates, issuing and chains.
