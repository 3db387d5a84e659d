//! From a file's bytes to DER: PEM, raw DER, an escaped line, a JSON answer.

use el2g_pem_line::{Content, Normalised, PemLineError, normalise};

/// Largest input read: 32 MiB. A certificate takes about 1 KiB, a bundle of 10,000 some 14 MiB.
pub const MAX_INPUT_BYTES: usize = 32 << 20;

const BEGIN: &[u8] = b"-----BEGIN ";

/// Why a file is not what was wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// No bytes at all.
    #[error("the input is empty, {wanted} is needed")]
    Empty {
        /// What was wanted, with its article.
        wanted: &'static str,
    },
    /// Over [`MAX_INPUT_BYTES`].
    #[error("the input has {found} bytes, at most {MAX_INPUT_BYTES} are read")]
    TooLarge {
        /// Its length in bytes.
        found: usize,
    },
    /// Neither PEM nor DER.
    #[error("{wanted} is needed, found neither PEM nor DER")]
    NeitherPemNorDer {
        /// What was wanted, with its article.
        wanted: &'static str,
    },
    /// No readable PEM text.
    #[error("the input {0}")]
    Text(PemLineError),
    /// A block whose base64 is damaged.
    #[error("the PEM block cannot be decoded: {reason}")]
    Pem {
        /// What is wrong.
        reason: String,
    },
    /// Another kind of block.
    #[error("found {found} where {wanted} is wanted")]
    WrongKind {
        /// What it is, with its article.
        found: String,
        /// What was wanted, with its article.
        wanted: &'static str,
    },
    /// More than one block where exactly one is allowed.
    #[error("found {found} blocks, exactly one ({wanted}) is allowed")]
    SeveralBlocks {
        /// How many.
        found: usize,
        /// What was wanted, with its article.
        wanted: &'static str,
    },
    /// Not a certificate.
    #[error("not a certificate: {reason}")]
    NotACertificate {
        /// What the decoder says.
        reason: String,
    },
    /// Not a certificate request.
    #[error("not a certificate request: {reason}")]
    NotARequest {
        /// What the decoder says.
        reason: String,
    },
}

/// One block of an input: its PEM label (the label that was wanted, for DER) and its DER.
#[derive(Clone, PartialEq, Eq)]
pub struct Block {
    label: String,
    der: Vec<u8>,
}

impl Block {
    /// Label of a certificate.
    pub const CERTIFICATE: &'static str = "CERTIFICATE";
    /// Label of a certificate request (`NEW CERTIFICATE REQUEST` is read too).
    pub const REQUEST: &'static str = "CERTIFICATE REQUEST";

    /// The label.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The only block of the input, which must carry `label`.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn exactly_one(bytes: &[u8], label: &'static str) -> Result<Self, InputError> {
        let mut blocks = Self::all(bytes, label)?;
        match blocks.len() {
            1 => Ok(blocks.remove(0)),
            found => Err(InputError::SeveralBlocks { found, wanted: described(label) }),
        }
    }

    /// All blocks of the input, at least one, every one of which must carry `label`.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn all(bytes: &[u8], label: &'static str) -> Result<Vec<Self>, InputError> {
        let wanted = described(label);
        if bytes.is_empty() {
            return Err(InputError::Empty { wanted });
        }
        if bytes.len() > MAX_INPUT_BYTES {
            return Err(InputError::TooLarge { found: bytes.len() });
        }
        let text = match normalise(bytes) {
            Ok(Normalised { content: Content::Der(der), .. }) => {
                return Ok(vec![Self { label: label.to_owned(), der }]);
            }
            Ok(Normalised { content: Content::Pem(text), .. }) => text,
            Err(PemLineError::Empty) => return Err(InputError::Empty { wanted }),
            Err(PemLineError::NotText { .. } | PemLineError::NoBlock) => {
                return Err(InputError::NeitherPemNorDer { wanted });
            }
            // Without a BEGIN line it is no use to tell what is wrong with it as text.
            Err(_) if !bytes.windows(BEGIN.len()).any(|window| window == BEGIN) => {
                return Err(InputError::NeitherPemNorDer { wanted });
            }
            Err(error) => return Err(InputError::Text(error)),
        };
        let blocks =
            pem::parse_many(text).map_err(|error| InputError::Pem { reason: error.to_string() })?;
        if blocks.is_empty() {
            return Err(InputError::NeitherPemNorDer { wanted });
        }
        blocks
            .into_iter()
            .map(|block| {
                if is_label(block.tag(), label) {
                    Ok(Self { label: block.tag().to_owned(), der: block.into_contents() })
                } else {
                    Err(InputError::WrongKind { found: described(block.tag()).to_owned(), wanted })
                }
            })
            .collect()
    }

    /// PEM (RFC 7468) with 64 columns and LF.
    pub(crate) fn pem(label: &str, der: &[u8]) -> String {
        pem::encode_config(
            &pem::Pem::new(label, der),
            pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF),
        )
    }
}

fn is_label(found: &str, wanted: &str) -> bool {
    found == wanted
        || (wanted == Block::REQUEST && found == "NEW CERTIFICATE REQUEST")
        || (wanted == Block::CERTIFICATE && found == "X509 CERTIFICATE")
}

/// What a label stands for, with its article.
fn described(label: &str) -> &'static str {
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" => "a certificate",
        "TRUSTED CERTIFICATE" => "a certificate with OpenSSL's trust settings",
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => "a certificate request",
        "PRIVATE KEY" | "EC PRIVATE KEY" | "RSA PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" => {
            "a private key"
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => "a public key",
        "X509 CRL" => "a revocation list",
        "PGP MESSAGE" | "PGP PUBLIC KEY BLOCK" | "PGP PRIVATE KEY BLOCK" => "OpenPGP data",
        "PKCS7" | "CMS" => "a PKCS#7 container",
        _ => "an unknown PEM block",
    }
}
