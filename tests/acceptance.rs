//! One binary for all acceptance tests.

mod ca;
mod csr;
mod demo;
mod house;
mod intermediate_ca;
mod service;
mod workplace;
