//! From a file's bytes to DER: PEM, raw DER, an escaped line, a JSON answer.

use el2g_pem_line::{BlockFault, Content, Kind, PemLineError, read};

/// Largest input read: 32 MiB. A certificate takes about 1 KiB, a bundle of 10,000 some 14 MiB.
pub const MAX_INPUT_BYTES: usize = 32 << 20;

/// Why a file is not what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// No bytes at all.
    #[error("the input is empty; expected {wanted}")]
    Empty {
        /// What was expected, with its article.
        wanted: &'static str,
    },
    /// Over [`MAX_INPUT_BYTES`].
    #[error("the input has {found} bytes, at most {MAX_INPUT_BYTES} are read")]
    TooLarge {
        /// Its length in bytes.
        found: usize,
    },
    /// Neither PEM nor DER.
    #[error("expected {wanted}, found neither PEM nor DER")]
    NeitherPemNorDer {
        /// What was expected, with its article.
        wanted: &'static str,
    },
    /// No readable PEM text.
    #[error("the input {0}")]
    Text(PemLineError),
    /// A block that is damaged, cut off or encrypted.
    #[error("the PEM block cannot be decoded: {0}")]
    Block(#[from] BlockFault),
    /// Another kind of block or file.
    #[error("expected {wanted}, found {found}")]
    WrongKind {
        /// What it is.
        found: Kind,
        /// Whether it is DER instead of PEM.
        der: bool,
        /// What was expected, with its article.
        wanted: &'static str,
    },
    /// More than one block where exactly one is allowed.
    #[error("expected exactly one block ({wanted}), found {found}")]
    SeveralBlocks {
        /// How many.
        found: usize,
        /// What was expected, with its article.
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
    /// Not a public key.
    #[error(transparent)]
    PublicKey(#[from] crate::public_key::PublicKeyError),
}

/// One block of an input: its PEM label (the expected label, for DER) and its DER.
#[derive(Clone, PartialEq, Eq)]
pub struct Block {
    label: String,
    der: Vec<u8>,
    /// The input was DER, not PEM.
    bare: bool,
}

impl Block {
    /// Label of a certificate.
    pub const CERTIFICATE: &'static str = "CERTIFICATE";
    /// Label of a certificate request (`NEW CERTIFICATE REQUEST` is read too).
    pub const REQUEST: &'static str = "CERTIFICATE REQUEST";
    /// Label of a public key: a SubjectPublicKeyInfo (RFC 7468 section 13).
    pub const PUBLIC_KEY: &'static str = "PUBLIC KEY";
    /// Label of an RSA public key by itself (RFC 8017 appendix A.1.1).
    pub const RSA_PUBLIC_KEY: &'static str = "RSA PUBLIC KEY";

    /// The label.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The only block of the input with this label. Private keys and other blocks beside it are passed over, as OpenSSL
    /// passes over them.
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

    /// All blocks of the input with this label, at least one; other blocks are passed over.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn all(bytes: &[u8], label: &'static str) -> Result<Vec<Self>, InputError> {
        let wanted = described(label);
        if bytes.len() > MAX_INPUT_BYTES {
            return Err(InputError::TooLarge { found: bytes.len() });
        }
        let found = match read(bytes).map(|reading| reading.content) {
            Ok(Content::Der(der)) => {
                return Ok(vec![
                    Self { label: label.to_owned(), der: der.into_bytes(), bare: true }
                        .checked(label)?,
                ]);
            }
            Ok(Content::Blocks(blocks)) => blocks,
            Err(PemLineError::Empty) => return Err(InputError::Empty { wanted }),
            Err(PemLineError::OtherFormat { kind }) => {
                return Err(InputError::WrongKind { found: kind, der: false, wanted });
            }
            Err(PemLineError::NotText { .. } | PemLineError::NoBlock) => {
                return Err(InputError::NeitherPemNorDer { wanted });
            }
            Err(error) => return Err(InputError::Text(error)),
        };
        let other = found.first().map(el2g_pem_line::Block::kind);
        let blocks: Vec<Self> = found
            .into_iter()
            .filter(|block| is_label(block.label(), label))
            .map(|block| {
                let found = block.label().to_owned();
                let der = block.into_der()?.into_bytes();
                Self { label: found, der, bare: false }.checked(label)
            })
            .collect::<Result<_, _>>()?;
        match (blocks.is_empty(), other) {
            (true, Some(found)) => Err(InputError::WrongKind { found, der: false, wanted }),
            _ => Ok(blocks),
        }
    }

    /// The block, unless its DER is something else than its label says: some write PKCS#7 under CERTIFICATE.
    fn checked(self, label: &'static str) -> Result<Self, InputError> {
        match Self::wrong_kind(&self.der, label) {
            Some(error) => Err(self.as_it_was(error)),
            None => Ok(self),
        }
    }

    /// What `der` is instead of the block of this label, when it is something else that is known.
    pub(crate) fn wrong_kind(der: &[u8], label: &'static str) -> Option<InputError> {
        let found = Kind::of_der(der);
        let other = found != Kind::Unknown && found != described_kind(label);
        other.then(|| InputError::WrongKind { found, der: true, wanted: described(label) })
    }

    /// An error about this block's DER that knows whether the file was DER too: other commands convert it.
    fn as_it_was(&self, error: InputError) -> InputError {
        match error {
            InputError::WrongKind { found, wanted, .. } => {
                InputError::WrongKind { found, wanted, der: self.bare }
            }
            error => error,
        }
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
        || (wanted == Block::PUBLIC_KEY && found == Block::RSA_PUBLIC_KEY)
}

fn described_kind(label: &str) -> Kind {
    match label {
        Block::CERTIFICATE => Kind::Certificate,
        Block::REQUEST => Kind::Request,
        _ => Kind::PublicKey,
    }
}

/// What a label stands for, with its article.
fn described(label: &str) -> &'static str {
    match label {
        Block::CERTIFICATE => "a certificate",
        Block::REQUEST => "a certificate request",
        _ => "a public key",
    }
}
