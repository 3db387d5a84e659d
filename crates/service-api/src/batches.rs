//! Product-based provisioning: secure objects for devices that the service does not know, made in batches. Not in
//! AN12642: what is known is what NXP's clients send and read.

use std::collections::BTreeMap;

use crate::NoPath;
use crate::jobs::JobPath;

request! {
    /// A batch to be made.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct BatchOrder {
        /// The 12 digits of the product code, as a number.
        nc12: u64,
        /// The device group whose objects are meant.
        device_group_id: u64,
        /// Devices to make objects for, 1 to 1000.
        #[schemars(range(min = 1, max = 1000))]
        batch_size: u32,
    }
}

/// The largest batch: what `el2go-host` allows.
pub const LARGEST_BATCH: u32 = 1000;

record! {
    /// The job that makes a batch.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct RequestedBatch {
        /// Its id.
        job_id: String,
    }
}

record! {
    /// A key that provisioning reports are signed with.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct AttestationKey {
        /// Base64 of the public key.
        public_key: String,
    }
}

record! {
    /// What a file of provisionings is about.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct BatchMetadata {
        /// What the reports of the devices are signed with.
        provisioning_report_attestation_key: AttestationKey,
        ?
        /// The job that made it; a file of static provisionings has none.
        job_id: String,
    }
}

record! {
    /// What makes a secure object in a device.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ProvisioningData {
        /// Its bytes in base64.
        data: String,
    }
}

record! {
    /// Provisionings for devices that the service does not know.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct BatchFile {
        /// What it is about.
        metadata: BatchMetadata,
        /// What every device gets.
        static_provisionings: Vec<ProvisioningData>,
        ?
        /// What one device gets, whichever it is, by a name that is made up for it.
        dynamic_provisionings: BTreeMap<String, Vec<ProvisioningData>>,
    }
}

query! {
    /// The device group whose static provisionings are meant.
    pub struct StaticProvisioningQuery {
        /// The 12 digits of the product code.
        #[schemars(regex(pattern = crate::wire::schema::NC12), extend("x-needed" = true))]
        nc12: String = "nc12",
        /// The group's id.
        #[schemars(extend("x-needed" = true))]
        device_group_id: u64 = "deviceGroupId",
    }
}

operations! {
    /// Request a batch of secure objects for devices that the service does not know (spsdk).
    RequestBatch = "spsdk create_secure_objects_batch" Post "/rtp/product-based-provisionings/request-batch-job" => 202 Json,
        ["batch", "create"], path NoPath, body BatchOrder, reply RequestedBatch, repeat Never, api V2,;
    /// Download the provisionings that a batch job made (spsdk).
    DownloadBatchFile = "spsdk download_secure_objects_batch" Get "/rtp/jobs/{jobId}/download-batch-file" => 200 Json,
        ["batch", "download"], path JobPath, reply BatchFile, api V2,;
    /// Download the provisionings that every device of a group gets (spsdk).
    DownloadStaticProvisionings = "spsdk download_secure_objects_batch" Get "/rtp/product-based-provisionings/download-static-provisionings" => 200 Json,
        ["batch", "static"], path NoPath, query StaticProvisioningQuery, reply BatchFile, api V2,;
}
