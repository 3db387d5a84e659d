//! `el2g secure-object` (AN12642 4.1.3, 4.1.4, 4.5).

use el2g_service_api::secure_objects::SecureObject;

use crate::table::{Row, cell};

impl Row for SecureObject {
    const COLUMNS: &'static [&'static str] =
        &["ID", "NAME", "TYPE", "OBJECT-ID", "POLICY", "GROUPS", "PROVISIONINGS", "DOWNLOADED"];

    fn cells(&self) -> Vec<String> {
        vec![
            cell(self.service_id()),
            self.name.clone(),
            self.secure_object_type.to_string(),
            self.object_id.to_string(),
            cell(self.policy_source_type.value()),
            cell(self.device_group_count.value()),
            cell(self.provisioning_count.value()),
            cell(self.downloaded_count.value()),
        ]
    }
}
