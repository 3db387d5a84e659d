//! What JSON Schema says of values that have no type of their own: lengths, forms, ids.
//!
//! Request schemas are made with the contract `Deserialize`, those of answers with `Serialize`
//! (`schemars::generate::Contract`): what a request may say is narrower than what an answer may.

/// Text without control characters (Unicode `Cc`).
pub(crate) const PRINTABLE: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";

/// Text without control characters that is not all white space.
pub(crate) const NAME: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000][^\x00-\x1f\x7f-\x9f]*$";

/// A product's 12NC.
pub(crate) const NC12: &str = "^[0-9]{12}$";

/// A country in a name: two characters of a PrintableString, or nothing.
pub(crate) const COUNTRY: &str = "^([A-Za-z0-9 '()+,./:=?-]{2})?$";

/// An e-mail address in a name: an IA5String without control characters.
pub(crate) const EMAIL: &str = r"^[\x20-\x7e]*$";

/// SHA3-512 in hexadecimal digits or in base64; empty counts as not given.
pub(crate) const CHECKSUM: &str = "^([0-9a-fA-F]{128}|[A-Za-z0-9+/]{85}[AQgw]==)?$";

/// A device id in a request: positive, at most 18 bytes, decimal or hexadecimal after `0x`
/// (docs/an12642-errata.md row 11). Decimal ids of 44 digits are all admitted up to 2·10^43, which is beyond every SE05x id.
pub(crate) const DEVICE_ID: &str =
    "^(0*[1-9][0-9]{0,42}|0*1[0-9]{43}|0[xX]0*[1-9a-fA-F][0-9a-fA-F]{0,35})$";

/// 1 to 8 hexadecimal digits.
pub(crate) const OBJECT_ID: &str = "^[0-9a-fA-F]{1,8}$";

/// Object ids that the platform refuses (4.5.17).
pub(crate) const FORBIDDEN_OBJECT_ID: &str =
    "^(0{1,8}|[fF][0-9a-fA-F]{7}|7[fF]{3}020[0-24-9a-bA-B])$";

/// Base64 of at least one byte, as RFC 4648 section 4 writes it.
pub(crate) const BASE64: &str = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/]{4})$";

/// Base64 of 16 to 189 bytes: at most 255 characters (docs/an12642-errata.md row 12).
pub(crate) const CLAIM_SECRET: &str = "^([A-Za-z0-9+/]{4}){5,62}([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/]{4})$";
