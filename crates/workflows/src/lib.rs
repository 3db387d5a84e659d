//! Flows over several operations: import a key, enrol a CA, prove possession.
