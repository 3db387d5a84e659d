//! Pages of long lists, after any history, against the whole list.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::testbed::{PRODUCT, Testbed};

/// Of another hardware type.
const OTHER_PRODUCT: &str = "935414457472";

/// What is there: some of each kind, by their ids as text.
pub(super) struct World {
    pub(super) bed: Testbed,
    /// Two of [`PRODUCT`], one of [`OTHER_PRODUCT`].
    groups: [String; 3],
    objects: Vec<String>,
    made: u32,
}

impl World {
    pub(super) fn new() -> Self {
        let bed = Testbed::new();
        let groups = [PRODUCT, PRODUCT, OTHER_PRODUCT].map(|product| bed.group(product));
        Self { bed, groups, objects: Vec::new(), made: 0 }
    }

    fn at(&self, group: usize) -> [(&'static str, &str); 2] {
        let product = if group == 2 { OTHER_PRODUCT } else { PRODUCT };
        [("12nc", product), ("deviceGroupId", &self.groups[group])]
    }

    fn some_ids(&self, sql: &str, which: u8) -> Option<i64> {
        let all: Vec<i64> = self.ids(sql);
        (!all.is_empty()).then(|| all[usize::from(which) % all.len()])
    }

    fn ids(&self, sql: &str) -> Vec<i64> {
        let read = self.bed.service.store.read(|db| {
            Ok(db
                .prepare(sql)?
                .query_map([], |row| row.get(0))?
                .collect::<Result<Vec<i64>, _>>()?)
        });
        read.unwrap()
    }

    /// One step; what the service refuses changes nothing, which is as good.
    fn step(&mut self, (action, first, second): (u8, u8, u8)) {
        let group = usize::from(second) % 3;
        self.made += 1;
        self.bed.clock.advance_millis(i64::from(first % 3));
        let (bed, made) = (&self.bed, self.made);
        let refused_or_done = match action % 12 {
            0..3 => {
                let ids: Vec<String> = (0..first % 9)
                    .map(|n| (u32::from(first % 40) + u32::from(n) + 1).to_string())
                    .collect();
                bed.call("4.1.2", &self.at(group), "", json!({"deviceIds": ids}))
            }
            3 => {
                let ids: Vec<String> = (0..6).map(|n| (first % 40 + n + 1).to_string()).collect();
                bed.call("4.3.10", &self.at(group), "", json!({"deviceIds": ids}))
            }
            4 if first < 60 => bed.call("4.3.11", &self.at(group), "", Value::Null),
            4 | 5 => {
                let algorithm =
                    json!({"algorithm": "NIST_P256", "name": format!("o{}", first % 5)});
                let id = bed.object("KEYPAIR", &format!("8300{:04}", first % 20), algorithm);
                id.map(|id| {
                    self.objects.push(id);
                    Value::Null
                })
            }
            6 | 7 => match self.objects.get(usize::from(first) % self.objects.len().max(1)) {
                Some(object) if action % 12 == 6 => bed.assign(object, &self.groups[group]),
                Some(object) => {
                    let groups = json!([self.groups[group].parse::<i64>().unwrap()]);
                    bed.call("4.5.2", &[("secureObjectId", object)], "", groups)
                }
                None => Ok(Value::Null),
            },
            8 => {
                let id = self.some_ids("SELECT id FROM provisioning", first).unwrap_or(0);
                let states = el2g_service_api::provisionings::ProvisioningState::KNOWN;
                let state = states[usize::from(second) % states.len()].as_str();
                bed.service.store.write(|db| {
                    db.execute("UPDATE provisioning SET state = ?2 WHERE id = ?1", (id, state))?;
                    Ok(Value::Null)
                })
            }
            9 => {
                use base64::Engine as _;
                let secret = format!("a secret of 16 bytes and {made}");
                let secret = base64::engine::general_purpose::STANDARD.encode(secret);
                let body = json!({"name": format!("c{}", first % 5), "policy": if second < 60 { "UNRESTRICTED" } else { "RESTRICTED" },
                    "behavior": "ALLOW", "deviceLimit": first % 4, "reusable": true, "secret": secret});
                bed.call("4.4.1", &self.at(group), "", body)
            }
            10 => match self.some_ids("SELECT id FROM claim_code", first) {
                Some(code) if second < 80 => bed.service.store.write(|db| {
                    db.execute(
                        "UPDATE claim_code SET device_count = device_count + 1 WHERE id = ?1",
                        [code],
                    )?;
                    Ok(Value::Null)
                }),
                Some(code) if second < 120 => {
                    bed.call("4.4.10", &[], "", json!({"claimCodeIds": [code]}))
                }
                Some(code) => {
                    let id = code.to_string();
                    let mut path = self.at(group).to_vec();
                    path.push(("claimCodeId", &id));
                    bed.call("4.4.7", &path, "", Value::Null)
                }
                None => Ok(Value::Null),
            },
            _ if first < 100 => {
                bed.call("4.1.1", &self.at(group)[..1], "", json!({"deviceGroupName": "g"}))
            }
            _ => match self.objects.get(usize::from(first) % self.objects.len().max(1)) {
                Some(object) if second < 120 => bed.call(
                    "4.5.14",
                    &[("secureObjectId", object)],
                    "",
                    json!({"name": format!("o{}", second % 7)}),
                ),
                Some(object) => bed.call("4.5.13", &[("secureObjectId", object)], "", Value::Null),
                None => Ok(Value::Null),
            },
        };
        if let Err(refusal) = refused_or_done {
            assert!(refusal.problem.status < 500, "{refusal:?}");
        }
    }

    /// Every page of a list in pages of `size`, one after the other, beside `sql`.
    pub(super) fn compare(
        &self,
        section: &str,
        path: &[(&str, &str)],
        query: &str,
        id: &str,
        sql: &str,
        size: usize,
    ) {
        let all = self.ids(sql);
        for page in 0..=all.len() / size {
            let query = format!("{query}&page={page}&size={size}");
            let reply = self.bed.call(section, path, &query, Value::Null).unwrap();
            let ids: Vec<i64> = reply["content"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| {
                    let found = item.pointer(id).unwrap_or_else(|| panic!("{id} in {item}"));
                    found.as_i64().or_else(|| found.as_str()?.parse().ok()).unwrap()
                })
                .collect();
            let wanted: Vec<i64> = all.iter().skip(page * size).take(size).copied().collect();
            assert_eq!(ids, wanted, "{section} {query}");
            assert_eq!(reply["totalElements"], all.len(), "{section} {query}");
        }
    }

    fn compare_devices(&self, size: usize) {
        let all = "SELECT CAST(uid AS INTEGER) FROM device WHERE group_id IS NOT NULL";
        self.compare("4.3.6", &[], "", "/id", &format!("{all} ORDER BY seq"), size);
        for (kind, nc12) in [("SE050", PRODUCT), ("SE051C2", OTHER_PRODUCT), ("none", "none")] {
            let sql = format!("{all} AND nc12 = '{nc12}' ORDER BY seq");
            self.compare("4.3.6", &[], &format!("producttype={kind}"), "/id", &sql, size);
        }
        for group in 0..3 {
            let sql = format!(
                "SELECT CAST(uid AS INTEGER) FROM device WHERE group_id = {} ORDER BY seq",
                self.groups[group]
            );
            self.compare("4.3.8", &self.at(group), "", "/device/id", &sql, size);
        }
        for product in [PRODUCT, OTHER_PRODUCT] {
            let sql =
                format!("SELECT id FROM device_group WHERE nc12 = '{product}' ORDER BY id DESC");
            self.compare("4.3.4", &[("12nc", product)], "", "/id", &sql, size);
        }
    }

    fn compare_provisionings(&self, size: usize) {
        let orders = [
            ("provisioningId", "id"),
            ("secureObjectName", "id"),
            ("deviceId", "device_seq"),
            ("deviceGroupId", "group_id"),
            ("provisioningState", "state"),
            ("createdTs", "created_ts"),
        ];
        let of = self.ids("SELECT DISTINCT secure_object_id FROM provisioning");
        for object in of.iter().take(2) {
            let path = object.to_string();
            for ((by, column), direction) in in_both_directions(&orders) {
                for (filter, condition) in [
                    ("", "1"),
                    ("provisioningState=GENERATION_FAILED", "state = 'GENERATION_FAILED'"),
                ] {
                    let sql = format!("SELECT id FROM provisioning WHERE secure_object_id = {object} AND {condition}
                         ORDER BY {column} {direction}, id {direction}");
                    let query = format!("{filter}&sortBy={by}&sortByDirection={direction}");
                    self.compare(
                        "4.5.9",
                        &[("secureObjectId", &path)],
                        &query,
                        "/provisioningId",
                        &sql,
                        size,
                    );
                }
            }
        }
    }

    fn compare_codes(&self, size: usize) {
        let orders = [
            ("id", "id"),
            ("name", "lower(name)"),
            ("deviceCount", "device_count"),
            ("deviceLimit", "device_limit"),
            ("status", "revoked"),
            ("createdTs", "created_ts"),
            ("lastModifiedTs", "modified_ts"),
        ];
        let reached = "(policy = 'RESTRICTED' AND device_count >= device_limit)";
        for ((by, column), direction) in in_both_directions(&orders) {
            for (filter, condition) in [
                ("", "1"),
                ("status=ACTIVE", "revoked = 0"),
                ("usageStatus=REACHED", reached),
                ("status=REVOKED&usageStatus=UNREACHED", &format!("revoked = 1 AND NOT {reached}")),
            ] {
                let sql = format!(
                    "SELECT id FROM claim_code WHERE group_id = {} AND {condition}
                     ORDER BY {column} {direction}, id {direction}",
                    self.groups[0]
                );
                let query = format!("{filter}&sortBy={by}&sortByDirection={direction}");
                self.compare("4.4.4", &self.at(0), &query, "/id", &sql, size);
            }
        }
        let total =
            self.bed.call("4.4.12", &self.at(0), "", Value::Null).unwrap()["totalAmount"].clone();
        let sql = format!("SELECT count(*) FROM claim_code WHERE group_id = {}", self.groups[0]);
        assert_eq!(json!(self.ids(&sql)[0]), total);
    }

    fn compare_objects(&self, size: usize) {
        let orders = [
            ("id", "id"),
            ("name", "lower(name)"),
            ("objectId", "value"),
            ("secureObjectType", "kind"),
            ("createdTs", "created_ts"),
            ("lastModifiedTs", "modified_ts"),
            ("policySourceType", "policy_source"),
        ];
        for ((by, column), direction) in in_both_directions(&orders) {
            for (filter, condition) in [
                ("", "1"),
                ("secureObjectType=KEYPAIR", "kind = 'KEYPAIR'"),
                ("secureObjectType=HMAC_KEY", "kind = 'HMAC_KEY'"),
            ] {
                let sql = format!(
                    "SELECT id FROM secure_object WHERE {condition} ORDER BY {column} {direction}, id {direction}"
                );
                let query = format!("{filter}&sortBy={by}&sortByDirection={direction}");
                self.compare("4.5.5", &[], &query, "/id", &sql, size);
            }
        }
    }

    fn compare_assignments(&self, size: usize) {
        let orders = [
            ("id", "a.id"),
            ("createdTs", "a.created_ts"),
            ("objectId", "a.value"),
            ("secureObjectName", "lower(o.name)"),
        ];
        for ((by, column), direction) in in_both_directions(&orders) {
            for (filter, condition) in [
                ("", "1"),
                ("secureObjectType=KEYPAIR", "kind = 'KEYPAIR'"),
                ("secureObjectType=HMAC_KEY", "kind = 'HMAC_KEY'"),
            ] {
                let sql = format!(
                    "SELECT o.id FROM assignment a JOIN secure_object o ON o.id = a.secure_object_id
                     WHERE a.group_id = {} AND {condition} ORDER BY {column} {direction}, a.id {direction}",
                    self.groups[0]
                );
                let query = format!("{filter}&sortBy={by}&sortByDirection={direction}");
                let path = [("deviceGroupId", self.groups[0].as_str())];
                self.compare("4.5.6", &path, &query, "/secureObjectId", &sql, size);
            }
        }
        let orders = [
            ("id", "a.id"),
            ("createdTs", "a.created_ts"),
            ("deviceGroupId", "g.id"),
            ("deviceGroupName", "lower(g.name)"),
        ];
        let of = self.ids("SELECT DISTINCT secure_object_id FROM assignment");
        for ((by, column), direction) in in_both_directions(&orders) {
            for object in of.iter().take(2) {
                let sql = format!(
                    "SELECT g.id FROM assignment a JOIN device_group g ON g.id = a.group_id
                     WHERE a.secure_object_id = {object} ORDER BY {column} {direction}, a.id {direction}"
                );
                let query = format!("sortBy={by}&sortByDirection={direction}");
                let path = [("secureObjectId", &*object.to_string())];
                self.compare("4.5.8", &path, &query, "/deviceId", &sql, size);
            }
        }
    }
}

pub(super) fn in_both_directions<'a>(
    orders: &'a [(&'a str, &'a str)],
) -> impl Iterator<Item = (&'a (&'a str, &'a str), &'static str)> {
    orders.iter().flat_map(|order| [(order, "ASC"), (order, "DESC")])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).map_or(24, |cases: u32| cases.min(200))
    ))]

    #[test]
    fn pages_are_those_of_the_plain_query_after_any_history(
        history in prop::collection::vec(any::<(u8, u8, u8)>(), 1..120), size in 1_usize..12,
    ) {
        let mut world = World::new();
        for step in history {
            world.step(step);
        }
        world.compare_devices(size);
        world.compare_provisionings(size);
        world.compare_codes(size);
        world.compare_objects(size);
        world.compare_assignments(size);
    }
}
