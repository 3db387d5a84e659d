//! One binary for all acceptance tests.

mod ca;
mod csr;
mod demo;
mod house;
mod intermediate_ca;
mod online;
mod service;
mod workplace;
