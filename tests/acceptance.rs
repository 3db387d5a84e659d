//! One binary for all acceptance tests.

mod ca;
mod cert;
mod csr;
mod demo;
mod faults;
mod house;
mod intermediate_ca;
mod online;
mod sandbox;
mod secure_object;
mod served;
mod service;
mod workplace;
