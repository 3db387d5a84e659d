//! One binary for all acceptance tests.

mod ca;
mod csr;
mod house;
mod workplace;
