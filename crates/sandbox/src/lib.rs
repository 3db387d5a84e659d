//! A built-in EdgeLock 2GO service on loopback.
