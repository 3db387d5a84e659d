//! One binary for all acceptance tests.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

mod browser;
mod ca;
mod catalogue;
mod cert;
mod checksum;
mod components;
mod config;
mod connect_device;
mod contract;
mod csr;
mod demo;
mod device;
mod doctor;
mod document;
mod dry_run;
mod everywhere;
mod faults;
mod gnupg;
mod gpg_agent;
mod help;
mod house;
mod intermediate_ca;
mod interop;
mod leftovers;
mod object_id;
mod online;
mod pem;
mod pgp;
mod pkcs11;
mod policy;
mod process_memory;
mod recipient;
mod sandbox;
mod seal_batch;
mod secure_object;
mod served;
mod service;
mod spsdk;
mod storage;
mod tls;
mod transport;
mod workplace;
