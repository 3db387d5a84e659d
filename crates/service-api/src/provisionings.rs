//! Provisionings: a secure object on its way into a device (4.5.9 to 4.5.12).

use crate::owner_domains::OwnerDomains;
use crate::products::{DevicePath, HardwareFamily};
use crate::secure_objects::{SecureObjectPath, SecureObjectType};
use crate::{DeviceId, ResourceMetadata};

open_enum! {
    /// How far a provisioning is (4.5.9).
    pub enum ProvisioningState {
        /// The service makes the object.
        GenerationTriggered = "GENERATION_TRIGGERED",
        /// The object is made and waits for the device.
        GenerationCompleted = "GENERATION_COMPLETED",
        /// The object could not be made.
        GenerationFailed = "GENERATION_FAILED",
        /// The object is in the device.
        ProvisioningCompleted = "PROVISIONING_COMPLETED",
        /// The device did not take the object.
        ProvisioningFailed = "PROVISIONING_FAILED",
        /// The object will be made when the device connects.
        GenerationOnConnection = "GENERATION_ON_CONNECTION",
    }
}

record! {
    /// A secure object for one device (4.5.9).
    #[derive(Debug, Clone, PartialEq, Default)]
    pub struct Provisioning {
        ?
        /// Its id, for the downloads.
        provisioning_id: u64,
        /// The secure object.
        secure_object_id: u64,
        /// The secure object's name.
        secure_object_name: String,
        /// The secure object's type.
        secure_object_type: SecureObjectType,
        /// The device.
        device_id: DeviceId,
        /// The device's group.
        device_group_id: u64,
        /// The group's name.
        device_group_name: String,
        /// How far it is.
        provisioning_state: ProvisioningState,
        /// The certificate in PEM; not in AN12642, and read by Foundries.io's client in 4.5.10.
        certificate: String,
        /// When it was made and changed.
        resource_metadata: ResourceMetadata,
    }
}

query! {
    /// Filters of 4.5.9.
    pub struct ObjectProvisioningQuery {
        /// A device id.
        #[schemars(regex(pattern = crate::wire::schema::DEVICE_ID))]
        device_id: String = "deviceId",
        /// A state.
        provisioning_state: ProvisioningState = "provisioningState",
    } paged sorted by [
        "provisioningId", "id", "secureObjectId", "secureObjectName", "deviceId", "deviceGroupId", "provisioningState", "createdTs",
    ]
}

query! {
    /// Filters of 4.5.10 that NXP's clients send and AN12642 does not know, paging and sorting.
    pub struct DeviceProvisioningQuery {
        /// The hardware family of the device's product.
        hardware_family_type: HardwareFamily = "hardware-family-type",
        /// Whose objects.
        owner_domain_types: OwnerDomains = "owner-domain-types",
    } paged sorted by [
        "provisioningId", "id", "secureObjectId", "secureObjectName", "deviceId", "deviceGroupId", "provisioningState", "createdTs",
    ]
}

path! {
    /// A provisioning.
    pub struct ProvisioningPath {
        /// Its id.
        provisioning_id: u64 = "provisioningId",
    }
}

operations! {
    /// Retrieve provisionings of a secure object (4.5.9).
    ListObjectProvisionings = "4.5.9" Get "/rtp/secure-objects/{secureObjectId}/provisionings" => 200 Json,
        ["secure-object", "provisionings"], path SecureObjectPath, query ObjectProvisioningQuery, page of Provisioning,;
    /// Retrieve provisionings of a device (4.5.10).
    ListDeviceProvisionings = "4.5.10" Get "/rtp/devices/{deviceId}/secure-object-provisionings" => 200 Json,
        ["device", "provisionings"], path DevicePath, query DeviceProvisioningQuery, page of Provisioning,;
    /// Download certificate of an X.509 secure object provisioning (4.5.11).
    DownloadProvisionedCertificate = "4.5.11" Get "/rtp/provisionings/{provisioningId}/download-certificate" => 200 Pem,
        ["provisioning", "certificate"], path ProvisioningPath, reply String,;
    /// Download intermediate certificate of an X.509 secure object provisioning (4.5.12).
    DownloadProvisionedIntermediate = "4.5.12" Get "/rtp/provisionings/{provisioningId}/download-intermediate-ca" => 200 Pem,
        ["provisioning", "intermediate-ca"], path ProvisioningPath, reply String,;
}
