//! Intermediate CAs (4.2, 4.6).

use crate::look_up::{Evidence, LookUp, Probe, Verdict};
use crate::secure_objects::{KeyPairAlgorithm, SecureObjectType};
use crate::{NoPath, Operation as _, PathError, ResourceMetadata, Timestamp};

open_enum! {
    /// Algorithms of intermediate CAs (4.2.1).
    pub enum CaAlgorithm {
        /// ECDSA with NIST P-256.
        NistP256 = "NIST_P256",
        /// ECDSA with NIST P-384.
        NistP384 = "NIST_P384",
        /// ECDSA with NIST P-521.
        NistP521 = "NIST_P521",
        /// RSA with 2048 bits.
        Rsa2048 = "RSA_2048",
        /// RSA with 4096 bits.
        Rsa4096 = "RSA_4096",
    }
}

open_enum! {
    /// Who is to sign a new intermediate CA.
    pub enum RequestType {
        /// An external CA, from a CSR (4.2.1).
        WithCsr = "WITH_CSR",
        /// NXP's root (4.6.1).
        WithoutCsr = "WITHOUT_CSR",
    }
}

open_enum! {
    /// How far an intermediate CA is.
    pub enum SigningState {
        /// There is a CSR and no certificate yet.
        CsrCreated = "CSR_CREATED",
        /// It has its certificate and can be used.
        Signed = "SIGNED",
    }
}

open_enum! {
    /// Who signed an intermediate CA, or is to.
    pub enum SigningAuthority {
        /// NXP's root.
        Nxp = "NXP",
        /// An external CA.
        External = "EXT",
    }
}

open_enum! {
    /// Whether a certificate is still in date (4.6.3).
    pub enum Validity {
        /// In date.
        Valid = "VALID",
        /// Out of date.
        Expired = "EXPIRED",
    }
}

request! {
    /// The body of 4.2.1 and 4.6.1.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[schemars(extend("anyOf" = [
        {"properties": {"requestType": {"const": "WITHOUT_CSR"}}},
        {"required": ["commonName"], "properties": {"commonName": {"type": "string", "minLength": 1}}},
    ]))]
    pub struct NewIntermediateCa {
        /// Its name in the service.
        #[schemars(length(min = 1, max = 255), regex(pattern = crate::wire::schema::NAME))]
        name: String,
        /// Its algorithm.
        algorithm: CaAlgorithm,
        /// Who is to sign it.
        request_type: RequestType,
        ?
        /// Subject: common name; needed with a CSR.
        #[schemars(length(max = 64), regex(pattern = crate::wire::schema::PRINTABLE))]
        common_name: String,
        /// Subject: organisation.
        #[schemars(length(max = 64), regex(pattern = crate::wire::schema::PRINTABLE))]
        organization: String,
        /// Subject: organisational unit.
        #[schemars(length(max = 64), regex(pattern = crate::wire::schema::PRINTABLE))]
        org_unit: String,
        /// Subject: country, two letters.
        #[schemars(regex(pattern = crate::wire::schema::COUNTRY))]
        country: String,
        /// Subject: locality.
        #[schemars(length(max = 128), regex(pattern = crate::wire::schema::PRINTABLE))]
        locality: String,
        /// Subject: state.
        #[schemars(length(max = 128), regex(pattern = crate::wire::schema::PRINTABLE))]
        state: String,
        /// What device certificates' names begin with; not in AN12642, seen in public clients.
        #[schemars(length(max = 16), regex(pattern = crate::wire::schema::PRINTABLE))]
        prefix: String,
        /// Device certificates have an authority key identifier; not in AN12642, seen in public clients.
        include_authority_key_identifier: bool,
        /// Device certificates have a subject key identifier; not in AN12642, seen in public clients.
        include_subject_key_identifier: bool,
    }
}

record! {
    /// An intermediate CA (4.6.2).
    #[derive(Debug, Clone, PartialEq)]
    pub struct IntermediateCa {
        /// Its id.
        id: u64,
        /// Its name; nowhere said to be unique.
        name: String,
        /// How far it is.
        signing_state: SigningState,
        ?
        /// Its algorithm.
        algorithm: CaAlgorithm,
        /// The certificate in PEM; `null` until it is signed.
        value: String,
        /// Subject: common name.
        common_name: String,
        /// Subject: organisation.
        organization: String,
        /// Subject: organisational unit.
        org_unit: String,
        /// Subject: country.
        country: String,
        /// Subject: locality.
        locality: String,
        /// Subject: state.
        state: String,
        /// Who signed it, or is to.
        signing_authority: SigningAuthority,
        /// Until when the certificate is valid; `null` until it is signed.
        valid_until: Timestamp,
        /// Whether device certificates have an authority key identifier.
        has_authority_key_identifier: bool,
        /// Whether device certificates have a subject key identifier.
        has_subject_key_identifier: bool,
        /// Who made it, and when.
        resource_metadata: ResourceMetadata,
    }
}

record! {
    /// What 4.2.2 answers.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Csr {
        /// The certificate signing request in PEM.
        value: String,
    }
}

request! {
    /// The body of 4.2.3.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SignedIntermediate {
        /// The intermediate certificate in PEM.
        #[schemars(length(min = 1, max = 65536))]
        signed_certificate: String,
        /// The root certificate in PEM.
        #[schemars(length(min = 1, max = 65536))]
        root_ca: String,
    }
}

request! {
    /// The body of 4.6.5.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct VerificationCode {
        /// What the cloud service gave; becomes the common name.
        #[schemars(length(min = 1, max = 64), regex(pattern = crate::wire::schema::PRINTABLE))]
        verification_code: String,
    }
}

record! {
    /// A secure object that an intermediate CA signs for (4.6.6).
    #[derive(Debug, Clone, PartialEq)]
    pub struct SignedObject {
        /// Its type: CERTIFICATE.
        secure_object_type: SecureObjectType,
        /// Its name.
        name: String,
        ?
        /// Since when.
        assignment_date_time: Timestamp,
    }
}

open_enum! {
    /// Whether a pair of algorithms is advisable (4.6.8).
    pub enum PairStatus {
        /// Nothing against it.
        None = "NONE",
        /// The intermediate CA is weaker than the key pair.
        Warning = "WARNING",
    }
}

record! {
    /// A pair of algorithms that can be used together (4.6.8).
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct AlgorithmPair {
        /// Whether it is advisable.
        status: PairStatus,
        /// The key pair's.
        key_pair_algorithm: KeyPairAlgorithm,
        /// The intermediate CA's.
        intermediate_ca_algorithm: CaAlgorithm,
    }
}

record! {
    /// What 4.6.8 answers.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SupportedAlgorithms {
        /// The pairs.
        supported_algorithms: Vec<AlgorithmPair>,
    }
}

query! {
    /// Paging of 4.6.6.
    pub struct SignedObjectQuery {} paged
}

query! {
    /// Filters of 4.6.3.
    pub struct IntermediateCaQuery {
        /// Part of the name.
        name: String = "name",
        /// How far it is.
        status: SigningState = "status",
        /// Who signed it, or is to.
        signer: SigningAuthority = "signer",
        /// Whether it is still in date.
        validity: Validity = "validity",
        /// Its algorithm.
        algorithm: CaAlgorithm = "algorithm",
    } paged sorted by [
        "id", "name", "algorithm", "commonName", "signingState", "signingAuthority", "validUntil", "createdTs", "lastModifiedTs",
    ]
}

path! {
    /// An intermediate CA.
    pub struct IntermediateCaPath {
        /// Its id.
        intermediate_ca_id: u64 = "intermediateCaId",
    }
}

/// An intermediate CA of that name, algorithm and common name which is new.
fn look_up_create(
    path: &NoPath,
    body: &NewIntermediateCa,
) -> Result<LookUp<IntermediateCa>, PathError> {
    let wanted = body.clone();
    let probe =
        Probe::new(ListIntermediateCas::PATH, path)?.all_pages(vec![("name", wanted.name.clone())]);
    let judge = move |evidence: &Evidence| {
        let mut cas = evidence.items::<IntermediateCa>(0);
        cas.retain(|ca| {
            let common_name = wanted.request_type == RequestType::WithoutCsr
                || ca.common_name.value() == wanted.common_name.value();
            ca.name == wanted.name && ca.algorithm.value() == Some(&wanted.algorithm) && common_name
        });
        evidence.created(cas, |ca| ca.resource_metadata.value())
    };
    Ok(LookUp { probes: vec![probe], judge: Box::new(judge) })
}

/// The intermediate CA is SIGNED with that certificate. A second upload would be refused.
fn look_up_upload(
    path: &IntermediateCaPath,
    body: &SignedIntermediate,
) -> Result<LookUp<()>, PathError> {
    let significant = |pem: &str| pem.split_whitespace().collect::<String>();
    let wanted = significant(&body.signed_certificate);
    let judge = move |evidence: &Evidence| match evidence.single::<IntermediateCa>(0) {
        Some(ca) if ca.value.value().is_some_and(|value| significant(value) == wanted) => {
            Verdict::Happened(())
        }
        Some(ca) if ca.signing_state == SigningState::CsrCreated => Verdict::NotHappened,
        _ => Verdict::Unclear,
    };
    let probe = Probe::new(ShowIntermediateCa::PATH, path)?;
    Ok(LookUp { probes: vec![probe], judge: Box::new(judge) })
}

operations! {
    /// Create a CSR for the intermediate certificate (4.2.1), or one signed by NXP's root (4.6.1).
    CreateIntermediateCa = "4.2.1" Post "/rtp/intermediate-cas" => 200 Json,
        ["intermediate-ca", "create"], path NoPath, body NewIntermediateCa, reply IntermediateCa,
        look_up look_up_create,;
    /// Retrieve the CSR value (4.2.2).
    ShowCsr = "4.2.2" Get "/rtp/intermediate-cas/{intermediateCaId}/csr" => 200 Json,
        ["intermediate-ca", "csr"], path IntermediateCaPath, reply Csr,;
    /// Upload intermediate certificate signed by external CA (4.2.3).
    UploadIntermediateCa = "4.2.3" Put "/rtp/intermediate-cas/{intermediateCaId}/upload-signed-intermediate-ca" => 204 Empty,
        ["intermediate-ca", "upload"], path IntermediateCaPath, body SignedIntermediate,
        look_up look_up_upload,;
    /// Retrieve intermediate certificate by ID (4.6.2).
    ShowIntermediateCa = "4.6.2" Get "/rtp/intermediate-cas/{intermediateCaId}" => 200 Json,
        ["intermediate-ca", "show"], path IntermediateCaPath, reply IntermediateCa,;
    /// Retrieve all intermediate certificates (4.6.3).
    ListIntermediateCas = "4.6.3" Get "/rtp/intermediate-cas" => 200 Json,
        ["intermediate-ca", "list"], path NoPath, query IntermediateCaQuery, page of IntermediateCa,;
    /// Download intermediate certificate (4.6.4).
    DownloadIntermediateCa = "4.6.4" Get "/rtp/intermediate-cas/{intermediateCaId}/download-intermediate-ca" => 200 Pem,
        ["intermediate-ca", "download"], path IntermediateCaPath, reply String,;
    /// Create a verification certificate signed by the intermediate CA (4.6.5).
    CreateVerificationCertificate = "4.6.5" Post "/rtp/intermediate-cas/{intermediateCaId}/create-verification-certificate" => 200 Pem,
        ["intermediate-ca", "verification-certificate"], path IntermediateCaPath, body VerificationCode, reply String,
        repeat Freely,;
    /// Retrieve secure objects assigned to an intermediate certificate (4.6.6).
    ListSignedObjects = "4.6.6" Get "/rtp/intermediate-cas/{intermediateCaId}/secure-objects" => 200 Json,
        ["intermediate-ca", "secure-objects"], path IntermediateCaPath, query SignedObjectQuery, page of SignedObject,;
    /// Delete an intermediate certificate (4.6.7); only an unused one.
    DeleteIntermediateCa = "4.6.7" Delete "/rtp/intermediate-cas/{intermediateCaId}" => 204 Empty,
        ["intermediate-ca", "delete"], path IntermediateCaPath,
        destroys "the CA's private key is gone: a certificate that was signed for it can never be used",;
    /// Retrieve supported algorithms (4.6.8).
    ListSupportedAlgorithms = "4.6.8" Get "/rtp/intermediate-cas/supported-algorithms" => 200 Json,
        ["intermediate-ca", "algorithms"], path NoPath, reply SupportedAlgorithms,;
}
