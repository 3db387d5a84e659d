//! What AN12642 leaves open, as the user's profile answers it. Without an answer the field is left out of the request.

use el2g_service_api::checksum::{
    ChecksumEncoding, ChecksumForm, ChecksumName, ChecksumOver, Checksummed,
};
use el2g_workflows::Failure;
use serde::Deserialize;

use crate::Result;
use crate::settings::Profile;

/// The keys of a profile that answer an open question, in the order of the profile's fields.
pub const OPEN_QUESTIONS: [&str; 5] =
    ["checksum", "checksum-encoding", "checksum-over", "claim-code-status", "page-size"];

/// The most items that a page is asked for: the document says 100 in one place, a newer service may take more.
pub const LARGEST_PAGE: u32 = 1000;

/// Under which name a checksum is sent, if at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum ChecksumField {
    /// It is left out: the document makes it optional.
    #[serde(rename = "none")]
    None,
    /// As the document prints it.
    #[serde(rename = "checksum")]
    Checksum,
    /// As NXP's own client sends it.
    #[serde(rename = "checkSum")]
    CheckSum,
}

/// The `status` of a new claim code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum NewClaimCodeStatus {
    /// It is left out.
    #[serde(rename = "none")]
    None,
    /// As the document prints it.
    #[serde(rename = "ALL")]
    All,
}

/// The checksum of what is sent, under the name that the service expects.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct NamedChecksum {
    /// As `checksum`.
    pub checksum: Option<String>,
    /// As `checkSum`.
    pub check_sum: Option<String>,
}

impl Profile {
    /// The checksum as the profile describes it; nothing where it names none.
    ///
    /// # Errors
    /// It is to be over bytes, and the text cannot be decoded.
    pub fn checksum_of(&self, content: Checksummed<'_>) -> Result<NamedChecksum> {
        let name = match self.checksum {
            None | Some(ChecksumField::None) => return Ok(NamedChecksum::default()),
            Some(ChecksumField::Checksum) => ChecksumName::Checksum,
            Some(ChecksumField::CheckSum) => ChecksumName::CheckSum,
        };
        let (encoding, over) = (self.checksum_encoding.unwrap_or_default(), self.checksum_over);
        let checksum = ChecksumForm { name, encoding, over }.of(content).ok_or_else(|| {
            Failure::input(
                "checksum-over of the profile is `bytes`, and the text cannot be decoded",
            )
        })?;
        Ok(match name {
            ChecksumName::Checksum => NamedChecksum { checksum: Some(checksum), check_sum: None },
            ChecksumName::CheckSum => NamedChecksum { checksum: None, check_sum: Some(checksum) },
        })
    }

    /// The open questions with what is done about each: its key, the profile's answer, and what holds without one.
    pub fn open_questions(&self) -> [(&'static str, Option<String>, &'static str); 5] {
        let [checksum, encoding, over, status, page] = OPEN_QUESTIONS;
        let text = |text: &str| text.to_owned();
        [
            (
                checksum,
                self.checksum.map(|field| match field {
                    ChecksumField::None => text("none"),
                    ChecksumField::Checksum => text("checksum"),
                    ChecksumField::CheckSum => text("checkSum"),
                }),
                "none",
            ),
            (
                encoding,
                self.checksum_encoding.map(|encoding| match encoding {
                    ChecksumEncoding::Hex => text("hex"),
                    ChecksumEncoding::Base64 => text("base64"),
                }),
                "hex",
            ),
            (
                over,
                self.checksum_over.map(|over| match over {
                    ChecksumOver::Bytes => text("bytes"),
                    ChecksumOver::Text => text("text"),
                }),
                "bytes of a file, text of a public key",
            ),
            (
                status,
                self.claim_code_status.map(|status| match status {
                    NewClaimCodeStatus::None => text("none"),
                    NewClaimCodeStatus::All => text("ALL"),
                }),
                "none",
            ),
            (page, self.page_size.map(|size| size.to_string()), "100"),
        ]
    }
}
