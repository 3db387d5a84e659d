//! What a CERTIFICATE object asks for (4.1.3.2): key pair, CA, name and validity of the device
//! certificates.

use el2g_x509::{Instant, Oid};
use serde_json::{Map, Value, json};

use crate::fields::Fields;
use crate::refusal::{INVALID_OBJECT, MALFORMED_BODY, Refusal};

/// `-` 16 digits `-` 4 digits follow the prefix in the common name, which holds 64 characters.
const LONGEST_PREFIX: usize = 64 - 22;
/// A hundred years.
const LONGEST_SPAN: i64 = 1200;

/// The order.
#[derive(Debug, Clone, Default)]
pub struct CertificateOrder {
    /// The KEYPAIR object.
    pub key_pair_id: i64,
    /// The intermediate CA.
    pub intermediate_ca_id: i64,
    /// What is printed of it.
    pub details: Map<String, Value>,
}

/// The DN fields in the order of the certificate's subject: API name, most characters.
const SUBJECT: [(&str, usize); 6] = [
    ("country", 2),
    ("state", 128),
    ("locality", 128),
    ("organization", 64),
    ("organizationUnit", 64),
    ("email", 255),
];

impl CertificateOrder {
    /// Reads an order.
    ///
    /// # Errors
    /// 400 for missing or malformed fields, 422 for what cannot be issued.
    pub fn read(fields: &Fields<'_>) -> Result<Self, Refusal> {
        let key_pair_id = fields.number("keyPairId", 0, i64::MAX);
        let intermediate_ca_id = fields.number("intermediateCaId", 0, i64::MAX);
        let prefix = fields.text("commonNamePrefix", 1, LONGEST_PREFIX);
        let mut details = Map::new();
        details.insert("commonNamePrefix".into(), json!(prefix));
        details.insert("certificateValidity".into(), validity(fields));
        for (name, longest) in SUBJECT {
            details.insert(name.into(), json!(fields.optional_text(name, longest)));
        }
        let signing = fields.truth("allowSigning", false);
        details.insert("allowSigning".into(), json!(signing));
        fields.check(&MALFORMED_BODY)?;
        for name in ["keyUsageExt", "extendedKeyUsageExt"] {
            if fields.value(name).is_some() {
                return Err(Refusal::field(
                    &INVALID_OBJECT,
                    name,
                    "the sandbox issues digitalSignature and clientAuth only, leave it out",
                ));
            }
            details.insert(name.into(), Value::Null);
        }
        let order = Self { key_pair_id, intermediate_ca_id, details };
        let (begins, ends) = order.period(Instant::from_unix(0));
        if ends < begins {
            return Err(Refusal::field(
                &INVALID_OBJECT,
                "certificateValidity.validityNotAfter",
                "before validityNotBefore",
            ));
        }
        order.subject(0, 0).map_err(|error| Refusal::new(&INVALID_OBJECT, error.to_string()))?;
        Ok(order)
    }

    /// The subject of the certificate number `counter` of a device.
    ///
    /// # Errors
    /// When a field cannot stand in a name.
    pub fn subject(
        &self,
        device: u64,
        counter: u16,
    ) -> Result<el2g_x509::Name, el2g_x509::NameError> {
        let text = |name: &str| self.details.get(name).and_then(Value::as_str);
        let prefix = text("commonNamePrefix").unwrap_or("");
        let common_name = format!("{prefix}-{device:016x}-{counter:04x}");
        let mut attributes: Vec<(Oid, &str)> = Vec::new();
        for (name, _) in SUBJECT {
            if let Some(value) = text(name).filter(|value| !value.is_empty()) {
                attributes.push((attribute(name), value));
            }
        }
        attributes.push((attribute("commonName"), &common_name));
        el2g_x509::Name::build(&attributes)
    }

    /// From when until when a certificate issued `at` is valid.
    #[must_use]
    pub fn period(&self, at: Instant) -> (Instant, Instant) {
        let validity = &self.details["certificateValidity"];
        let instant = |name: &str| validity[name].as_str().and_then(|text| text.parse().ok());
        match (instant("validityNotBefore"), instant("validityNotAfter")) {
            (Some(from), Some(to)) => (from, to),
            _ => (at, months_after(at, validity["spanInMonths"].as_i64().unwrap_or(1))),
        }
    }
}

/// The attribute type of a DN field, `commonName` and `orgUnit` included.
#[must_use]
pub fn attribute(field: &str) -> Oid {
    use el2g_x509::AttributeType as A;
    match field {
        "country" => A::COUNTRY,
        "state" => A::STATE,
        "locality" => A::LOCALITY,
        "organization" => A::ORGANIZATION,
        "organizationUnit" | "orgUnit" => A::ORGANIZATIONAL_UNIT,
        "email" => A::EMAIL_ADDRESS,
        _ => A::COMMON_NAME,
    }
}

/// The same day and time `months` later, or the last day of a shorter month.
#[must_use]
pub fn months_after(at: Instant, months: i64) -> Instant {
    let later = jiff::Timestamp::from_second(at.unix())
        .map(|moment| moment.to_zoned(jiff::tz::TimeZone::UTC))
        .and_then(|moment| moment.checked_add(jiff::Span::new().try_months(months)?));
    later.map_or(at, |moment| Instant::from_unix(moment.timestamp().as_second()))
}

fn validity(fields: &Fields<'_>) -> Value {
    let Some(value) = fields.value("certificateValidity") else {
        fields.fault("certificateValidity", "missing, an object is needed");
        return Value::Null;
    };
    let Ok(inner) = Fields::within(value, "certificateValidity.") else {
        fields.fault("certificateValidity", "an object is needed");
        return Value::Null;
    };
    let kind = inner.choice("validityType", &["MONTH", "DATE"]);
    let printed = if kind == "DATE" {
        let moment = |name: &str| -> String {
            let text = inner.text(name, 1, 40);
            match text.parse::<Instant>() {
                Ok(moment) if moment.unix() < 0 => {
                    inner.fault(name, "before 1970, which the sandbox writes into no certificate");
                }
                Err(_) if !text.is_empty() => {
                    inner.fault(name, "an RFC 3339 date and time is needed");
                }
                _ => {}
            }
            text.to_owned()
        };
        let (from, to) = (moment("validityNotBefore"), moment("validityNotAfter"));
        json!({"validityType": kind, "validityNotBefore": from, "validityNotAfter": to})
    } else {
        let months = inner.number("spanInMonths", 1, LONGEST_SPAN);
        json!({"validityType": kind, "spanInMonths": months})
    };
    fields.adopt(&inner);
    printed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_end_on_the_last_day_of_shorter_months() {
        let at: Instant = "2026-01-31T10:00:00Z".parse().unwrap();
        assert_eq!(months_after(at, 1).to_string(), "2026-02-28T10:00:00Z");
        assert_eq!(months_after(at, 120).to_string(), "2036-01-31T10:00:00Z");
    }

    #[test]
    fn reads_the_order_of_the_document() {
        let body = json!({"keyPairId": 5424, "intermediateCaId": 474, "commonNamePrefix": "myCommonName",
            "certificateValidity": {"validityType": "MONTH", "spanInMonths": 120}, "allowSigning": true});
        let order = CertificateOrder::read(&Fields::of(&body).unwrap()).unwrap();
        let name = order.subject(0x1da, 0x2a).unwrap();
        assert_eq!(name.common_name(), Some("myCommonName-00000000000001da-002a"));
        let at: Instant = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(order.period(at).1.to_string(), "2036-01-01T00:00:00Z");
        assert_eq!(order.details["email"], Value::Null);
    }

    #[test]
    fn takes_dates_that_a_certificate_can_hold() {
        let faults = |from: &str, to: &str| {
            let body = json!({"keyPairId": 1, "intermediateCaId": 1, "commonNamePrefix": "p",
                "certificateValidity": {"validityType": "DATE", "validityNotBefore": from, "validityNotAfter": to}});
            let order = CertificateOrder::read(&Fields::of(&body).unwrap());
            order.err().map_or(0, |refusal| refusal.field_errors.len())
        };
        assert_eq!(faults("1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"), 0);
        assert_eq!(faults("1969-12-31T23:59:59Z", "2030-01-01T00:00:00Z"), 1);
        assert_eq!(faults("0001-01-01T00:00:00Z", "1949-01-01T00:00:00Z"), 2);
        assert_eq!(faults("2026-01-01T00:00:00Z", "10000-01-01T00:00:00Z"), 1);
    }

    #[test]
    fn names_what_is_wrong_with_an_order() {
        let body = json!({"keyPairId": "x", "commonNamePrefix": "p".repeat(43),
            "certificateValidity": {"validityType": "DATE", "validityNotBefore": "2027-01-01T00:00:00Z",
                "validityNotAfter": "soon"}});
        let refusal = CertificateOrder::read(&Fields::of(&body).unwrap()).unwrap_err();
        let names: Vec<&str> = refusal.field_errors.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(
            names,
            [
                "keyPairId",
                "intermediateCaId",
                "commonNamePrefix",
                "certificateValidity.validityNotAfter"
            ]
        );
    }

    #[test]
    fn a_validity_that_ends_before_it_begins_is_well_formed_and_refused() {
        let body = json!({"keyPairId": 1, "intermediateCaId": 1, "commonNamePrefix": "p",
            "certificateValidity": {"validityType": "DATE", "validityNotBefore": "2027-01-01T00:00:00Z",
                "validityNotAfter": "2026-01-01T00:00:00Z"}});
        let refusal = CertificateOrder::read(&Fields::of(&body).unwrap()).unwrap_err();
        assert_eq!(refusal.problem, &INVALID_OBJECT);
        assert_eq!(refusal.field_errors[0].field, "certificateValidity.validityNotAfter");
    }
}
