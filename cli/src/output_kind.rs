//! What a command writes into a file, and what follows: one table.

use el2g_files::{Keep, Visibility};

/// What a file that is written holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// A secret key of OpenPGP or of a CA.
    PrivateKey,
    /// A secret of a claim code, or the body of a request with one.
    ClaimSecret,
    /// A token of the sandbox.
    Token,
    /// A copy of a secret, sealed to the user's own team: perhaps its last.
    EscrowCopy,
    /// A public key of OpenPGP.
    PublicKey,
    /// A key that was derived, such as the CMAC of a key set.
    DerivedKey,
    /// Secure objects for devices, encrypted to them.
    Provisionings,
    /// A signature.
    Signature,
    /// A sealed message.
    Message,
    /// A certificate.
    Certificate,
    /// A certificate signing request.
    Request,
    /// What an HSM elsewhere is to sign.
    ToBeSigned,
    /// What was sealed, by whom and to which key.
    Receipt,
    /// What a check found, or a list: it can be made again.
    Report,
}

/// When a file that is there is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Replaced {
    Always,
    WithForce,
    Never,
}

impl OutputKind {
    /// The table: who may read it, and when it replaces what is there.
    fn row(self) -> (Visibility, Replaced) {
        use Replaced::{Always, Never, WithForce};
        use Visibility::{Public, Secret};
        match self {
            Self::PrivateKey
            | Self::ClaimSecret
            | Self::Token
            | Self::DerivedKey
            | Self::Provisionings => (Secret, WithForce),
            Self::EscrowCopy => (Secret, Never),
            Self::PublicKey
            | Self::Signature
            | Self::Message
            | Self::Certificate
            | Self::Request
            | Self::ToBeSigned
            | Self::Receipt => (Public, WithForce),
            Self::Report => (Public, Always),
        }
    }

    /// Who may read the file.
    pub fn visibility(self) -> Visibility {
        self.row().0
    }

    /// Whether a device or pipe takes it (`--out /dev/stdout`). A receipt beside its message is a file.
    pub fn may_be_stream(self) -> bool {
        self.visibility() == Visibility::Public && self != Self::Receipt
    }

    /// What happens to a file that is there, with `--force` or without.
    pub fn keep(self, force: bool) -> Keep {
        match (self.row().1, force) {
            (Replaced::Always, _) | (Replaced::WithForce, true) => Keep::Nothing,
            (Replaced::WithForce, false) | (Replaced::Never, _) => Keep::Existing,
        }
    }
}
