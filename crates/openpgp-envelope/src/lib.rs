//! Signed and encrypted OpenPGP messages as EdgeLock 2GO takes them.
