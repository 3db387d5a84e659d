//! A client for the operations: transport, retry, paging, errors.
