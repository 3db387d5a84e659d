//! What the cases of the scene are about: made once for each case.

use super::*;

impl Scene {
    pub(super) fn import(&self, name: &str) -> KeyImport {
        let payload = Payload::generate(PayloadKind::Aes, 32, &mut SystemEntropy).unwrap();
        let order = ObjectOrder {
            name: name.to_owned(),
            object_id: ObjectId::as_received("83000001"),
            policy_source: PolicySource::Default,
            policies: None,
            on_connection: None,
        };
        let (signer, recipient) = (&self.signer, &self.recipient);
        KeyImport::seal(order, &payload, signer, recipient, pgp_now(), &mut SystemEntropy).unwrap()
    }

    /// A key pair, a certificate for it and a secret.
    pub(super) fn planned(&self, name: &str) -> Vec<PlannedObject> {
        let source = || PolicySource::Default;
        let (of_pair, of_certificate) = (format!("{name}-pair"), format!("{name}-certificate"));
        let pair = NewKeyPair::new(
            of_pair,
            ObjectId::as_received("83000002"),
            source(),
            KeyPairAlgorithm::NistP256,
        );
        let mut validity = CertificateValidity::new(ValidityType::Month);
        validity.span_in_months = 12.into();
        let certificate = NewCertificate::new(
            of_certificate,
            ObjectId::as_received("83000003"),
            source(),
            1,
            self.ca,
            "meter".to_owned(),
            validity,
        );
        let new = |request, key_pair| {
            let new = NewObject { request, key_pair, allow_duplicate: false };
            PlannedObject::New(Box::new(new))
        };
        vec![
            new(NewSecureObject::Certificate(Box::new(certificate)), Some(2)),
            new(self.import(name).request().clone(), None),
            new(NewSecureObject::KeyPair(pair), None),
        ]
    }

    pub(super) fn terms(&self) -> ObjectTerms {
        use el2g_openpgp_envelope::MessageSigner as _;
        ObjectTerms {
            signer_public: self.signer.public_armored().to_owned(),
            policy_source: PolicySource::Default,
            policies: None,
            on_connection: None,
            allow_duplicates: false,
            jobs: 1,
            now: pgp_now(),
        }
    }

    /// Results of a batch whose rows are named after the case; sealed once.
    pub(super) fn results(&self, name: &str) -> PathBuf {
        use el2g_openpgp_envelope::{MessageSigner as _, seal};
        let path = self.folder.path().join(format!("{name}.ndjson"));
        if path.exists() {
            return path;
        }
        let mut lines = String::new();
        for entry in 1..=2 {
            let payload = Payload::generate(PayloadKind::Hmac, 20, &mut SystemEntropy).unwrap();
            let message =
                seal(&payload, &self.signer, &self.recipient, pgp_now(), &mut SystemEntropy)
                    .unwrap();
            let file = format!("{name}-{entry}.asc");
            std::fs::write(self.folder.path().join(&file), message.armored()).unwrap();
            let line = json!({
                "entry": entry, "line": entry + 1, "name": format!("{name}-{entry}"),
                "status": "sealed", "kind": "hmac", "length": 20,
                "objectId": format!("8300001{entry}"), "file": file,
                "messageSha256": message.sha256_hex(), "signer": self.signer.fingerprint().to_string(),
                "recipient": self.recipient.report().key_id.to_string(), "generated": true,
                "createdAt": pgp_now().to_string(),
            });
            lines.push_str(&format!("{line}\n"));
        }
        std::fs::write(&path, lines).unwrap();
        path
    }

    /// The devices of a group, sorted.
    pub(super) async fn devices_of(&self, group: u64) -> Vec<DeviceId> {
        let path = GroupPath { nc12: PRODUCT.to_owned(), device_group_id: group };
        let client = self.rehearsal.client();
        let all = client.pages::<ListGroupDevices>(path, GroupDeviceQuery::default());
        let all = all.collect().await.unwrap();
        let mut found: Vec<_> = all.into_iter().map(|device| device.device.id).collect();
        found.sort();
        found
    }

    /// Puts devices into their group, the first time that it is asked.
    pub(super) async fn fill(&self, group: &GroupPath, devices: &[DeviceId]) {
        if self.filled.lock().unwrap().insert(group.device_group_id) {
            let body = DeviceIds::new(devices.to_vec());
            let client = self.rehearsal.client();
            client.call::<AddDevices>(group, &NoQuery {}, &body).await.unwrap();
        }
    }

    /// Two objects and two groups of the case; assigned, where that is asked for, when they are made.
    pub(super) async fn members(&self, name: &str, assigned: Assigned) -> (Vec<u64>, Vec<u64>) {
        if let Some(members) = self.members.lock().unwrap().get(name) {
            return members.clone();
        }
        let client = self.rehearsal.client();
        let (mut objects, mut groups) = (Vec::new(), Vec::new());
        for number in 1..=2 {
            objects.push(self.rehearsal.key_pair(&format!("{name}-{number}"), number).await);
            groups.push(self.rehearsal.group(&format!("{name}-{number}"), PRODUCT).await);
        }
        for (object, group) in objects.iter().flat_map(|o| groups.iter().map(move |g| (o, g))) {
            if assigned == Assigned::Yes {
                let path = SecureObjectPath { secure_object_id: *object };
                let body = GroupAssignment::new(*group, None);
                client.call::<AssignSecureObject>(&path, &NoQuery {}, &body).await.unwrap();
            }
        }
        let members = (objects, groups);
        self.members.lock().unwrap().insert(name.to_owned(), members.clone());
        members
    }

    /// A group of the case, and devices for it.
    pub(super) async fn group(&self, name: &str) -> (u64, Vec<DeviceId>) {
        if let Some(group) = self.groups.lock().unwrap().get(name) {
            return group.clone();
        }
        let made = self.rehearsal.group(name, PRODUCT).await;
        let mut groups = self.groups.lock().unwrap();
        let first = groups.len() * DEVICES;
        let device = |number: usize| {
            DeviceUid::parse(&format!("0x04005001{number:028x}")).unwrap().to_device_id()
        };
        let group = (made, (first..first + DEVICES).map(device).collect::<Vec<_>>());
        groups.insert(name.to_owned(), group.clone());
        group
    }
}
