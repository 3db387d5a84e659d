//! The steps of signing, with the key at hand or with a signature that was made elsewhere.

use std::cell::RefCell;

use el2g_cert_profile::RuleSet;
use el2g_key_payload::Entropy;
use el2g_x509::{Certificate, CertificateRequest, CertificateSigner, Instant, check_belongs};

use super::{Prepared, Signed, SigningOrder, SigningSummary, prepare, resume};
use crate::steps::{Made, Steps};
use crate::{Failure, Flow, Plan};

/// What is signed, and what it is checked by.
pub struct IntermediateSigning<'a> {
    /// The request.
    pub request: &'a CertificateRequest,
    /// The root's certificate.
    pub root: &'a Certificate,
    /// The rules.
    pub rules: &'a RuleSet,
    /// Current time, used to decide expiry.
    pub now: Instant,
    /// Shows what is about to be signed.
    pub show: &'a dyn Fn(&SigningSummary),
}

/// Where the root's signature comes from.
pub enum RootSignature<'a> {
    /// Its key is at hand.
    Key {
        /// The key.
        key: &'a dyn CertificateSigner,
        /// What the CA decides.
        order: &'a SigningOrder,
        /// Asked before the key is used.
        confirm: &'a dyn Fn() -> Result<(), Failure>,
    },
    /// It was made elsewhere.
    Brought {
        /// The bytes that were signed, and the name of their file.
        to_be_signed: (&'a str, &'a [u8]),
        /// The signature, and the name of its file.
        signature: (&'a str, &'a [u8]),
    },
}

impl<'a> IntermediateSigning<'a> {
    /// The step up to the signature, which is made elsewhere.
    pub fn plan_to_be_signed(
        &'a self,
        order: &'a SigningOrder,
        entropy: &'a RefCell<&'a mut dyn Entropy>,
    ) -> Plan<'a, Prepared> {
        let mut steps = Steps::new();
        let prepared = self.prepared(&mut steps, order, entropy);
        steps.end(Flow::SignIntermediate, prepared)
    }

    /// All steps.
    pub fn plan(
        &'a self,
        signature: &'a RootSignature<'a>,
        entropy: &'a RefCell<&'a mut dyn Entropy>,
    ) -> Plan<'a, Signed> {
        let mut steps = Steps::new();
        let signed = match signature {
            RootSignature::Key { key, order, confirm } => {
                let belongs =
                    steps.here("key", "check that the key is the root's", &[], async |_| {
                        Ok(check_belongs(*key, self.root)?)
                    });
                let prepared = self.prepared(&mut steps, order, entropy);
                let after = [belongs.step(), prepared.step()];
                steps.here("certificate", "sign it with the root's key", &after, async move |_| {
                    confirm()?;
                    prepared.into_inner().sign(*key)
                })
            }
            RootSignature::Brought { to_be_signed: (name, bytes), signature } => {
                let what = "check the certificate to be signed";
                let prepared = steps.here("prepare", what, &[], async move |_| {
                    let prepared = resume(self.request, self.root, bytes, self.rules, self.now)
                        .map_err(|failure| failure.about(name))?;
                    (self.show)(prepared.summary());
                    Ok(prepared)
                });
                let (after, what) = ([prepared.step()], "attach the signature and check it");
                steps.here("certificate", what, &after, async move |_| {
                    let (name, signature) = signature;
                    let joined = prepared.into_inner().join(signature);
                    joined.map_err(|failure| failure.about(name))
                })
            }
        };
        steps.end(Flow::SignIntermediate, signed)
    }

    fn prepared(
        &'a self,
        steps: &mut Steps<'a>,
        order: &'a SigningOrder,
        entropy: &'a RefCell<&'a mut dyn Entropy>,
    ) -> Made<Prepared> {
        let what = "build the certificate and check it before the key is used";
        steps.here("prepare", what, &[], async move |_| {
            let entropy = &mut **entropy.borrow_mut();
            let Self { request, root, rules, now, show } = self;
            let prepared = prepare(request, root, order, rules, *now, entropy)?;
            show(prepared.summary());
            Ok(prepared)
        })
    }
}
