//! Bodies about intermediate CAs (4.2, 4.6).

use super::{BodyFaults, CheckBody};
use crate::intermediate_cas::{
    NewIntermediateCa, RequestType, SignedIntermediate, VerificationCode,
};

/// The most bytes of a certificate in PEM.
const LONGEST_PEM: usize = 65_536;

impl CheckBody for NewIntermediateCa {
    fn check(&self, faults: &mut BodyFaults) {
        faults.name("name", &self.name, 255);
        faults.known("algorithm-unknown", "algorithm", &self.algorithm);
        faults.known("value-unknown", "requestType", &self.request_type);
        let common_name = self.common_name.value();
        if self.request_type == RequestType::WithCsr && common_name.is_none_or(String::is_empty) {
            let expected = "a common name, which WITH_CSR needs";
            faults.add("common-name-missing", "commonName", "nothing", expected);
        }
        faults.optional_text("commonName", common_name, 64);
        faults.optional_text("organization", self.organization.value(), 64);
        faults.optional_text("orgUnit", self.org_unit.value(), 64);
        faults.country("country", self.country.value());
        faults.optional_text("locality", self.locality.value(), 128);
        faults.optional_text("state", self.state.value(), 128);
        faults.optional_text("prefix", self.prefix.value(), 16);
    }
}

impl CheckBody for SignedIntermediate {
    fn check(&self, faults: &mut BodyFaults) {
        faults.long_text("signedCertificate", &self.signed_certificate, LONGEST_PEM);
        faults.long_text("rootCa", &self.root_ca, LONGEST_PEM);
    }
}

impl CheckBody for VerificationCode {
    fn check(&self, faults: &mut BodyFaults) {
        let code = &self.verification_code;
        let length = code.chars().count();
        if !(1..=64).contains(&length) || code.chars().any(char::is_control) {
            let found = format!("{length} characters");
            let expected = "1 to 64 printable characters: the code as the cloud shows it";
            faults.refuse("verification-code", "verificationCode", found, expected);
        }
    }
}
