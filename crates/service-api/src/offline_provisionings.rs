//! Provisionings that a tool on the factory floor takes to devices that do not connect themselves. Not in AN12642: what
//! is known is what NXP's clients send and read.

use crate::assignments::GroupIdPath;
use crate::body_check::{BodyFaults, CheckBody};
use crate::owner_domains::OwnerDomains;
use crate::products::HardwareFamily;
use crate::provisionings::ProvisioningState;
use crate::secure_objects::SecureObjectType;
use crate::{DeviceId, ObjectId};

request! {
    /// Which devices' provisionings are asked for.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ProvisioningOrder {
        /// The devices, decimal or hex with the prefix `0x`.
        #[schemars(length(min = 1))]
        device_ids: Vec<DeviceId>,
        ?
        /// The family of their product.
        product_hardware_family_type: HardwareFamily,
    }
}

impl CheckBody for ProvisioningOrder {
    fn check(&self, faults: &mut BodyFaults) {
        faults.device_ids(&self.device_ids);
        if let Some(family) = self.product_hardware_family_type.value() {
            faults.known("value-unknown", "productHardwareFamilyType", family);
        }
    }
}

record! {
    /// A command for a device.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Apdu {
        /// Its bytes in base64.
        apdu: String,
    }
}

record! {
    /// The commands that put an object into a device.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Apdus {
        /// The one that makes it. Newer chips take the bytes as elements of tag, length and value.
        create_apdu: Apdu,
        ?
        /// Those that fill it.
        write_apdus: Vec<Apdu>,
    }
}

record! {
    /// The secure object of a provisioning.
    #[derive(Debug, Clone, PartialEq, Default)]
    pub struct ProvisionedObject {
        ?
        /// Its type.
        r#type: SecureObjectType,
        /// Its id in the service.
        id: u64,
        /// Its name.
        name: String,
        /// Its id in the device.
        object_id: ObjectId,
        /// Its algorithm.
        algorithm: String,
        /// The kind of algorithm.
        algorithm_type: String,
        /// The key pair of a certificate.
        key_pair_id: u64,
        /// The size of a file.
        length: u32,
        /// A public key in PEM.
        public_key: String,
    }
}

record! {
    /// A secure object for one device, with what makes it there.
    #[derive(Debug, Clone, PartialEq)]
    pub struct OfflineProvisioning {
        /// How far it is.
        state: ProvisioningState,
        ?
        /// Its id.
        provisioning_id: u64,
        /// The object.
        secure_object: ProvisionedObject,
        /// The commands; `null` while nothing is generated.
        apdus: Apdus,
    }
}

record! {
    /// A device with its provisionings.
    #[derive(Debug, Clone, PartialEq)]
    pub struct DevicePackage {
        /// The device.
        device_id: DeviceId,
        /// Its provisionings.
        rtp_provisionings: Vec<OfflineProvisioning>,
    }
}

query! {
    /// Filter of what is downloaded.
    pub struct ProvisioningOrderQuery {
        /// Whose objects.
        owner_domain_types: OwnerDomains = "owner-domain-types",
    }
}

operations! {
    /// Download the provisionings of devices that do not connect themselves (spsdk).
    DownloadProvisionings = "spsdk download_provisionings" Post "/rtp/device-groups/{deviceGroupId}/devices/download-provisionings" => 200 Json,
        ["device", "download"], path GroupIdPath, query ProvisioningOrderQuery, body ProvisioningOrder, reply Vec<DevicePackage>, repeat Freely,;
}
