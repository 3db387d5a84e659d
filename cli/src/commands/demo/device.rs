//! Everyone's part: a device group, devices, a key pair and a certificate that reach a device.

use el2g_cert_profile::{Checker, RuleSet, Severity};
use el2g_service_api::assignments::{AssignSecureObject, GroupAssignment};
use el2g_service_api::device_groups::{CreateDeviceGroup, DeviceGroupName, GroupPath, ProductPath};
use el2g_service_api::devices::{AddDevices, DeviceIds};
use el2g_service_api::new_secure_object::{
    CertificateValidity, NewCertificate, NewKeyPair, NewSecureObject, ValidityType,
};
use el2g_service_api::policies::PolicySource;
use el2g_service_api::products::{DevicePath, ListProducts};
use el2g_service_api::provisionings::{
    DownloadProvisionedCertificate, DownloadProvisionedIntermediate, ListDeviceProvisionings,
    Provisioning, ProvisioningPath, ProvisioningState,
};
use el2g_service_api::secure_objects::{
    CreateSecureObject, KeyPairAlgorithm, SecureObjectPath, SecureObjectType,
};
use el2g_service_api::{DeviceId, Nullable, ObjectId};
use el2g_service_api::{NoPath, NoQuery};
use el2g_workflows::Failure;
use el2g_x509::Certificate;

use super::Scene;
use super::authority::Authority;
use super::stage::Stage;
use crate::Result;
use crate::flows::now;

/// The device that comes online, in hex as `sscli` prints it and as requests want it.
const DEVICE_HEX: &str = "0x04005001c02edce5c8c39e04250559550000";
/// The same in decimal, as answers print it.
const DEVICE: &str = "348555491056936142262187597632590342062080";
/// A second device, added by its decimal id.
const OTHER_DEVICE: &str = "348555487745337688610641917338571817379456";

/// The group of the demo.
pub struct Group {
    id: u64,
}

/// Makes a group with two devices and assigns the objects to it.
pub async fn make_group(stage: &mut Stage, scene: &Scene<'_>, objects: &[u64]) -> Result<Group> {
    let client = scene.client;
    let products = client.call::<ListProducts>(&NoPath {}, &Default::default(), &()).await?;
    let product = products
        .into_iter()
        .find(|product| product.hardware_type.value().is_some_and(|kind| kind == "SE050"))
        .ok_or_else(|| Failure::refused("the service offers no SE050"))?;
    let path = ProductPath { nc12: product.nc12.clone() };
    let body = DeviceGroupName::new("demo-group".to_owned());
    let group = client.call::<CreateDeviceGroup>(&path, &NoQuery {}, &body).await?;
    let path = GroupPath { nc12: product.nc12.clone(), device_group_id: group.id };
    let ids = DeviceIds::new(vec![
        DeviceId::as_received(OTHER_DEVICE),
        DeviceId::as_received(DEVICE_HEX),
    ]);
    let added = client.call::<AddDevices>(&path, &NoQuery {}, &ids).await?;
    let mut found: Vec<&str> = added.content.iter().map(|item| item.device.id.as_str()).collect();
    found.sort_unstable();
    let mut wanted = [DEVICE, OTHER_DEVICE];
    wanted.sort_unstable();
    if found != wanted {
        return Err(Failure::refused(format!(
            "the service added other devices than were named: {found:?}"
        )));
    }
    for id in objects {
        assign(scene, *id, group.id).await?;
    }
    stage.step(
        format!(
            "created device group {} for {}, added two devices (one id decimal, one hex) and assigned the {} objects",
            group.id,
            product.commercial_name.value().map_or(product.nc12.as_str(), String::as_str),
            objects.len()
        ),
        &[],
    )?;
    Ok(Group { id: group.id })
}

/// Creates a key pair and a certificate for every device, lets one device come online and verifies what it got.
pub async fn come_online(
    stage: &mut Stage,
    scene: &Scene<'_>,
    group: &Group,
    authority: &Authority,
) -> Result<()> {
    let key_pair = create(scene, key_pair()).await?;
    let certificate = create(scene, certificate(key_pair, authority.id)).await?;
    for id in [key_pair, certificate] {
        assign(scene, id, group.id).await?;
    }
    stage.step(
        format!("created KEYPAIR {key_pair} and CERTIFICATE {certificate} and assigned them"),
        &[],
    )?;

    scene.connect(DEVICE).await?;
    let provisionings = provisioned(scene).await?;
    stage.step(
        format!("device {DEVICE} came online and has all {} objects", provisionings.len()),
        &[],
    )?;

    let id = provisionings
        .iter()
        .find(|provisioning| {
            provisioning.secure_object_type.value() == Some(&SecureObjectType::Certificate)
        })
        .and_then(|provisioning| provisioning.provisioning_id.value().copied())
        .ok_or_else(|| Failure::refused("the device's certificate has no provisioning"))?;
    let path = ProvisioningPath { provisioning_id: id };
    let leaf = scene.client.call::<DownloadProvisionedCertificate>(&path, &NoQuery {}, &()).await?;
    let leaf = Certificate::read(leaf.as_bytes())?;
    let issuer =
        scene.client.call::<DownloadProvisionedIntermediate>(&path, &NoQuery {}, &()).await?;
    let issuer = Certificate::read(issuer.as_bytes())?;
    if issuer.der() != authority.certificate.der() {
        return Err(Failure::refused("the device's issuer is not the certificate that was signed"));
    }
    let rules = RuleSet::annex6();
    let checker = Checker::new(&rules, now()).with_intermediate(issuer.decoded());
    let report = checker.with_root(authority.root.decoded()).check(leaf.decoded());
    if let Some(finding) = report.findings.iter().find(|it| it.severity >= Severity::Error) {
        return Err(Failure::refused(format!("{}: {}", finding.rule, finding.message)));
    }
    let file = stage.public("device.pem", leaf.to_pem().as_bytes())?;
    stage.step(
        format!(
            "downloaded its certificate and verified the chain: `{}` <- `{}` <- `{}`",
            leaf.subject(),
            issuer.subject(),
            authority.root.subject()
        ),
        &[file],
    )
}

fn key_pair() -> NewSecureObject {
    NewSecureObject::KeyPair(NewKeyPair::new(
        "demo-key-pair".to_owned(),
        ObjectId::as_received("83000004"),
        PolicySource::Default,
        KeyPairAlgorithm::NistP256,
    ))
}

fn certificate(key_pair: u64, authority: u64) -> NewSecureObject {
    let validity = CertificateValidity {
        span_in_months: Nullable::Value(120),
        ..CertificateValidity::new(ValidityType::Month)
    };
    NewSecureObject::Certificate(Box::new(NewCertificate {
        allow_signing: Nullable::Value(true),
        ..NewCertificate::new(
            "demo-certificate".to_owned(),
            ObjectId::as_received("83000005"),
            PolicySource::Default,
            key_pair,
            authority,
            "demo".to_owned(),
            validity,
        )
    }))
}

/// Creates an object; its id in the service.
async fn create(scene: &Scene<'_>, new: NewSecureObject) -> Result<u64> {
    let name = new.name().to_owned();
    let object = scene.client.call::<CreateSecureObject>(&NoPath {}, &NoQuery {}, &new).await?;
    object
        .service_id()
        .ok_or_else(|| Failure::refused(format!("the object `{name}` was answered without id")))
}

async fn assign(scene: &Scene<'_>, object: u64, group: u64) -> Result<()> {
    let path = SecureObjectPath { secure_object_id: object };
    let body = GroupAssignment::new(group, None);
    scene.client.call::<AssignSecureObject>(&path, &NoQuery {}, &body).await?;
    Ok(())
}

/// The device's provisionings, all of which must be complete.
async fn provisioned(scene: &Scene<'_>) -> Result<Vec<Provisioning>> {
    let path = DevicePath { device_id: DeviceId::as_received(DEVICE) };
    let provisionings =
        scene.client.pages::<ListDeviceProvisionings>(path, Default::default()).collect().await?;
    let open = provisionings.iter().find(|provisioning| {
        provisioning.provisioning_state.value() != Some(&ProvisioningState::ProvisioningCompleted)
    });
    match open {
        None if provisionings.len() == 5 => Ok(provisionings),
        None => Err(Failure::refused(format!(
            "the device has {} objects, 5 were assigned",
            provisionings.len()
        ))),
        Some(provisioning) => Err(Failure::refused(format!(
            "`{}` is {} after the device came online",
            provisioning.secure_object_name.value().map_or("an object", String::as_str),
            provisioning.provisioning_state.value().map_or("in no state", |state| state.as_str())
        ))),
    }
}
