//! What a CERTIFICATE object asks for (4.1.3.2): key pair, CA, name and validity of the device
//! certificates.

use el2g_service_api::Nullable;
use el2g_service_api::new_secure_object::{CertificateValidity, NewCertificate, ValidityType};
use el2g_service_api::secure_objects::SecureObject as ApiObject;
use el2g_x509::{AttributeType, Instant, Name, NameError, Oid};

use crate::key_usages;
use crate::refusal::{INVALID_OBJECT, Refusal};

/// The order.
#[derive(Debug, Clone)]
pub(crate) struct CertificateOrder {
    /// The KEYPAIR object.
    pub key_pair_id: u64,
    /// The intermediate CA.
    pub intermediate_ca_id: u64,
    /// The object: what is printed of it.
    pub made: ApiObject,
}

impl CertificateOrder {
    /// The order of a new object, of which `made` is known.
    ///
    /// # Errors
    /// 422 for what cannot be issued.
    pub(crate) fn of(new: NewCertificate, made: ApiObject) -> Result<Self, Refusal> {
        key_usages::check(&new)?;
        let printed = |text: Nullable<String>| Nullable::or_null(text.into_value());
        let made = ApiObject {
            common_name_prefix: new.common_name_prefix.into(),
            certificate_validity: as_asked(new.certificate_validity).into(),
            country: printed(new.country),
            state: printed(new.state),
            locality: printed(new.locality),
            organization: printed(new.organization),
            organization_unit: printed(new.organization_unit),
            email: printed(new.email),
            allow_signing: new.allow_signing.into_value().unwrap_or(false).into(),
            key_usage_ext: Nullable::or_null(new.key_usage_ext.into_value()),
            extended_key_usage_ext: Nullable::or_null(new.extended_key_usage_ext.into_value()),
            ..made
        };
        let order =
            Self { key_pair_id: new.key_pair_id, intermediate_ca_id: new.intermediate_ca_id, made };
        order.subject(0, 0).map_err(|error| Refusal::new(&INVALID_OBJECT, error.to_string()))?;
        Ok(order)
    }

    /// The subject of the certificate number `counter` of a device.
    ///
    /// # Errors
    /// When a field cannot stand in a name.
    pub(crate) fn subject(&self, device: u64, counter: u16) -> Result<Name, NameError> {
        let made = &self.made;
        let prefix = made.common_name_prefix.value().map_or("", String::as_str);
        let common_name = Nullable::Value(format!("{prefix}-{device:016x}-{counter:04x}"));
        name(&[
            (AttributeType::COUNTRY, &made.country),
            (AttributeType::STATE, &made.state),
            (AttributeType::LOCALITY, &made.locality),
            (AttributeType::ORGANIZATION, &made.organization),
            (AttributeType::ORGANIZATIONAL_UNIT, &made.organization_unit),
            (AttributeType::EMAIL_ADDRESS, &made.email),
            (AttributeType::COMMON_NAME, &common_name),
        ])
    }

    /// From when until when a certificate issued `at` is valid.
    #[must_use]
    pub(crate) fn period(&self, at: Instant) -> (Instant, Instant) {
        let validity = self.made.certificate_validity.value();
        let read = |text: &Nullable<String>| text.value()?.parse().ok();
        let dates = validity.and_then(|validity| {
            read(&validity.validity_not_before).zip(read(&validity.validity_not_after))
        });
        let months = validity.and_then(|validity| validity.span_in_months.value().copied());
        dates.unwrap_or_else(|| (at, months_after(at, i64::from(months.unwrap_or(1)))))
    }
}

/// A name of these attributes, in this order; those that are empty are left out.
///
/// # Errors
/// When one cannot stand in a name.
pub(crate) fn name(attributes: &[(Oid, &Nullable<String>)]) -> Result<Name, NameError> {
    let given = attributes.iter().filter_map(|(oid, text)| {
        let text = text.value().filter(|text| !text.is_empty())?;
        Some((*oid, text.as_str()))
    });
    Name::build(&given.collect::<Vec<_>>())
}

/// What belongs to the type of validity, without the rest.
fn as_asked(validity: CertificateValidity) -> CertificateValidity {
    let asked = CertificateValidity::new(validity.validity_type.clone());
    if validity.validity_type == ValidityType::Date {
        let (from, to) = (validity.validity_not_before, validity.validity_not_after);
        return CertificateValidity { validity_not_before: from, validity_not_after: to, ..asked };
    }
    CertificateValidity { span_in_months: validity.span_in_months, ..asked }
}

/// The same day and time `months` later, or the last day of a shorter month.
#[must_use]
pub(crate) fn months_after(at: Instant, months: i64) -> Instant {
    let later = jiff::Timestamp::from_second(at.unix())
        .map(|moment| moment.to_zoned(jiff::tz::TimeZone::UTC))
        .and_then(|moment| moment.checked_add(jiff::Span::new().try_months(months)?));
    later.map_or(at, |moment| Instant::from_unix(moment.timestamp().as_second()))
}

#[cfg(test)]
mod tests {
    use el2g_service_api::body_check::read_body;
    use el2g_service_api::new_secure_object::NewSecureObject;
    use serde_json::json;

    use super::*;

    #[test]
    fn months_end_on_the_last_day_of_shorter_months() {
        let at: Instant = "2026-01-31T10:00:00Z".parse().unwrap();
        assert_eq!(months_after(at, 1).to_string(), "2026-02-28T10:00:00Z");
        assert_eq!(months_after(at, 120).to_string(), "2036-01-31T10:00:00Z");
    }

    #[test]
    fn reads_the_order_of_the_document() {
        let body = json!({"secureObjectType": "CERTIFICATE", "name": "c", "objectId": "83000001",
            "keyPairId": 5424, "intermediateCaId": 474, "commonNamePrefix": "myCommonName",
            "certificateValidity": {"validityType": "MONTH", "spanInMonths": 120}, "allowSigning": true});
        let Ok(NewSecureObject::Certificate(new)) = read_body(body.to_string().as_bytes()) else {
            panic!("not an order")
        };
        let made = ApiObject::new("CERTIFICATE".into(), new.name.clone(), new.object_id.clone());
        let order = CertificateOrder::of(*new, made).unwrap();
        let name = order.subject(0x1da, 0x2a).unwrap();
        assert_eq!(name.common_name(), Some("myCommonName-00000000000001da-002a"));
        let at: Instant = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(order.period(at).1.to_string(), "2036-01-01T00:00:00Z");
        assert_eq!(order.made.email, Nullable::Null);
    }
}
