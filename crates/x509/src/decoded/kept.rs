//! Decoded values that own the bytes they borrow from.

use std::sync::Arc;

use yoke::{Yoke, Yokeable};

use super::certificate::{Decoded, Undecodable};
use super::request::DecodedRequest;
use crate::input::{Block, InputError};

/// The fields as [`Yoke`] holds them; the types that others see have nothing of it.
#[derive(Clone, Yokeable)]
struct Fields<'a>(Decoded<'a>);

#[derive(Clone, Yokeable)]
struct RequestFields<'a>(DecodedRequest<'a>);

/// A certificate as it was read: its bytes and its fields, decoded once. Clones share both.
#[derive(Clone)]
pub struct KeptCertificate(Yoke<Fields<'static>, Arc<[u8]>>);

/// A certification request as it was read: its bytes and its fields, decoded once. Clones share both.
#[derive(Clone)]
pub struct KeptRequest(Yoke<RequestFields<'static>, Arc<[u8]>>);

impl KeptCertificate {
    /// The certificate of a file that holds exactly one.
    ///
    /// # Errors
    /// [`InputError`]: none, more than one, or one that does not decode.
    pub fn read(bytes: &[u8]) -> Result<Self, InputError> {
        let block = Block::exactly_one(bytes, Block::CERTIFICATE)?;
        Self::from_der(block.der())
            .map_err(|fault| InputError::NotACertificate { reason: fault.to_string() })
    }

    /// Decodes one certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, Undecodable> {
        Yoke::<Fields<'static>, _>::try_attach_to_cart(Arc::from(der), |der| {
            Decoded::read(der).map(Fields)
        })
        .map(Self)
    }

    pub fn der(&self) -> &[u8] {
        self.0.backing_cart()
    }

    pub fn decoded(&self) -> &Decoded<'_> {
        &self.0.get().0
    }
}

impl KeptRequest {
    /// The request of a file that holds exactly one.
    ///
    /// # Errors
    /// [`InputError`]: none, more than one, or one that does not decode.
    pub fn read(bytes: &[u8]) -> Result<Self, InputError> {
        Self::of_block(&Block::exactly_one(bytes, Block::REQUEST)?)
    }

    /// The request of a block.
    ///
    /// # Errors
    /// [`InputError::NotARequest`].
    pub fn of_block(block: &Block) -> Result<Self, InputError> {
        Self::from_der(block.der())
            .map_err(|fault| InputError::NotARequest { reason: fault.to_string() })
    }

    /// Decodes one request; bytes behind it are counted.
    pub fn from_der(der: &[u8]) -> Result<Self, Undecodable> {
        Yoke::<RequestFields<'static>, _>::try_attach_to_cart(Arc::from(der), |der| {
            DecodedRequest::read(der).map(RequestFields)
        })
        .map(Self)
    }

    pub fn der(&self) -> &[u8] {
        self.0.backing_cart()
    }

    pub fn decoded(&self) -> &DecodedRequest<'_> {
        &self.0.get().0
    }
}
