//! What to do about a refusal: where it is a conflict (409), the command that shows or removes what is in the way; where
//! something is not found (404), the command that lists what there is.

use el2g_service_api::{CATALOGUE, NEWER};

/// Hint for a conflict whose code is not in the table.
pub(super) const ANY_CONFLICT: &str = "the service has changed meanwhile, or something is in the way: look at it again (show or list), then repeat the command";

/// The table: a code, and what to do. AN12642 does not list the codes of 409; these are the built-in service's, and the
/// service's own text is shown before the hint.
const CONFLICTS: &[(&str, &str)] = &[
    (
        "ERR_RTP_409_1",
        "`el2g device-group assigned-objects GROUP` shows the object that has this object id; take it out with `el2g device-group unassign-objects GROUP --object ID`, or create yours with another --object-id",
    ),
    (
        "ERR_RTP_409_2",
        "nothing is left to do: `el2g secure-object assigned-groups ID` lists the groups of the object",
    ),
    (
        "ERR_RTP_409_3",
        "`el2g secure-object assigned-groups ID` lists its groups, `el2g secure-object unassign ID --group GROUP` takes it out of one; a key pair is also in use by its certificates: delete them first (`el2g secure-object list --kind CERTIFICATE`)",
    ),
    (
        "ERR_RTP_409_4",
        "`el2g intermediate-ca enroll ID` has it signed and uploads its certificate; `el2g intermediate-ca show ID` shows its state",
    ),
    (
        "ERR_RTP_409_5",
        "`el2g intermediate-ca download ID` writes the certificate that it has; for another one create another intermediate CA (`el2g intermediate-ca enroll --name NAME`)",
    ),
    (
        "ERR_RTP_409_6",
        "`el2g intermediate-ca secure-objects ID` lists the certificate objects that use it; delete them with `el2g secure-object delete ID` first",
    ),
    (
        "ERR_RTP_409_7",
        "`el2g device-group assigned-objects GROUP --kind CERTIFICATE` shows the certificate; unassign it before its key pair: `el2g secure-object unassign ID --group GROUP`",
    ),
    (
        "ERR_RTP_409_8",
        "`el2g device-group assigned-objects GROUP` lists the objects of the group, `el2g secure-object assigned-groups ID` the groups of an object",
    ),
    ("ERR_RTP_409_20", "`el2g job show JOB --wait` waits until the job has ended"),
    (
        "ERR_RTP_409_9",
        "`el2g device provisionings DEVICE` shows its state: wait for GENERATION_COMPLETED or PROVISIONING_COMPLETED; after GENERATION_FAILED look at the object and its intermediate CA",
    ),
    (
        "ERR_SEDM_409_1",
        "see what the group holds with `el2g device list`, `el2g claim-code list` and `el2g device-group assigned-objects`; empty it with `el2g device-group unclaim-all`, `el2g claim-code delete` and `el2g device-group unassign-objects`",
    ),
    (
        "ERR_SEDM_409_2",
        "each claim code needs a secret of its own: `el2g claim-code generate --out FILE` makes one",
    ),
    (
        "ERR_SEDM_409_3",
        "a revoked claim code stays revoked: `el2g claim-code create` makes a new one, `el2g claim-code delete` removes this one",
    ),
];

/// The table for conflicts without a known code: a command, and the conflicts that it can meet.
const OF_COMMANDS: &[(&str, &[&str])] = &[
    ("secure-object assign", &["ERR_RTP_409_1", "ERR_RTP_409_2"]),
    ("secure-object create", &["ERR_RTP_409_4"]),
    ("secure-object delete", &["ERR_RTP_409_3"]),
    ("secure-object unassign", &["ERR_RTP_409_7", "ERR_RTP_409_8"]),
    ("device-group unassign-objects", &["ERR_RTP_409_7", "ERR_RTP_409_8"]),
    ("device-group delete", &["ERR_SEDM_409_1"]),
    ("intermediate-ca download", &["ERR_RTP_409_4"]),
    ("intermediate-ca verification-certificate", &["ERR_RTP_409_4"]),
    ("intermediate-ca upload", &["ERR_RTP_409_5"]),
    ("intermediate-ca delete", &["ERR_RTP_409_6"]),
    ("provisioning certificate", &["ERR_RTP_409_9"]),
    ("provisioning intermediate-ca", &["ERR_RTP_409_9"]),
    ("claim-code create", &["ERR_SEDM_409_2"]),
    ("claim-code update", &["ERR_SEDM_409_3"]),
];

/// What to do about a conflict: by its code, else by what the operation, named by its command, can meet.
pub(super) fn conflict_hint(code: Option<&str>, operation: &str) -> String {
    let of_code = |code: &str| {
        let row = CONFLICTS.iter().find(|(known, _)| *known == code);
        row.map(|(_, hint)| *hint)
    };
    if let Some(hint) = code.and_then(of_code) {
        return hint.to_owned();
    }
    let row = OF_COMMANDS.iter().find(|(command, _)| *command == operation);
    let hints: Vec<&str> =
        row.map_or_else(Vec::new, |(_, codes)| codes.iter().filter_map(|it| of_code(it)).collect());
    if hints.is_empty() { ANY_CONFLICT.to_owned() } else { hints.join("; or ") }
}

/// The table: the code of another refusal, and what to do. An error does not show it: what the service means by a code is
/// its own, and its text stands in the error.
const REFUSALS: &[(&str, &str)] = &[
    (
        "ERR_GW_404_1",
        "check the base URL, which ends where the paths of AN12642 begin (`el2g doctor`); for `el2g api`, the path as well",
    ),
    (
        "ERR_KEYSET_422_1",
        "name a key that does this: one that signs for `el2g keyset sign-hash`, one that derives for `el2g keyset cmac`",
    ),
    (
        "ERR_RTP_400_20",
        "no object of the group is made for each device: `el2g batch static` writes its objects",
    ),
    (
        "ERR_RTP_404_6",
        "only the provisionings of certificate objects have a certificate: `el2g device provisionings DEVICE` lists them",
    ),
    (
        "ERR_RTP_422_1",
        "only an intermediate CA that is signed outside has a request: `el2g intermediate-ca enroll` makes one",
    ),
    (
        "ERR_RTP_422_2",
        "`--help` behind the type of the object says what it needs; `el2g intermediate-ca algorithms` lists the algorithms that go together",
    ),
    (
        "ERR_RTP_422_3",
        "`el2g object-id check ID` says which ids are allowed; choose another --object-id",
    ),
    (
        "ERR_RTP_422_4",
        "`el2g pgp inspect FILE` says what is wrong with a message, `el2g pgp recipient FILE` whether it was encrypted to the right key; seal it again",
    ),
    (
        "ERR_RTP_422_5",
        "seal the secret again with the --kind and the size that it has: `el2g pgp seal --help` lists both",
    ),
    (
        "ERR_RTP_422_6",
        "`el2g checksum FILE` prints the checksum; send the file again without a checksum of your own",
    ),
    (
        "ERR_RTP_422_7",
        "`el2g cert check CERT --root ROOT --csr REQUEST` lists every rule that the certificate breaks, each with its fix",
    ),
    (
        "ERR_RTP_422_8",
        "`el2g intermediate-ca create --help` says what a CA needs; `el2g intermediate-ca algorithms` lists the algorithms",
    ),
    (
        "ERR_RTP_422_9",
        "`el2g policy check FILE` lists what is wrong with the policies, `el2g policy template` what the product allows",
    ),
    (
        "ERR_RTP_422_10",
        "`el2g secure-object policies ID` lists the policies that the object has; `el2g secure-object update ID --policies FILE` adds the one for the product of the group",
    ),
    (
        "ERR_RTP_422_11",
        "give the verification code as the cloud shows it: 1 to 64 printable characters",
    ),
    (
        "ERR_RTP_422_12",
        "`el2g product list` shows the hardware family of each product; create the object for the one that the group's product has",
    ),
    (
        "ERR_SEDM_422_1",
        "`el2g device uid ID` shows a device id in both forms, and whether it is one",
    ),
    ("ERR_SEDM_422_2", "`el2g claim-code create --help` says which limit goes with which policy"),
    ("ERR_SEDM_422_3", "name a criterion: --revoked, --max-usage-achieved or --created-before"),
    (
        "ERR_SEDM_422_4",
        "`el2g claim-code show ID` shows whether the code is revoked or used up, and for which group it is",
    ),
    (
        "ERR_SEDM_422_11",
        "`el2g device list --device ID` shows where the device is; `el2g device unclaim` takes it out of its group",
    ),
    (
        "ERR_AUDIT_422_1",
        "`el2g activity report --from YYYY-MM --to YYYY-MM`: the last month is not before the first",
    ),
];

/// The table: the code of a refusal because something is not there, and the parameter that names it elsewhere.
const NOT_FOUND: &[(&str, &str)] = &[
    ("ERR_KEYSET_404_1", "keyId"),
    ("ERR_SEDM_404_1", "12nc"),
    ("ERR_SEDM_404_2", "deviceGroupId"),
    ("ERR_SEDM_404_3", "deviceId"),
    ("ERR_SEDM_404_4", "claimCodeId"),
    ("ERR_SEDM_404_5", "batchId"),
    ("ERR_RTP_404_1", "secureObjectId"),
    ("ERR_RTP_404_2", "intermediateCaId"),
    ("ERR_RTP_404_3", "provisioningId"),
    ("ERR_RTP_404_4", "deviceGroupId"),
    ("ERR_RTP_404_5", "deviceId"),
    ("ERR_RTP_404_7", "12nc"),
    ("ERR_RTP_404_8", "jobId"),
];

/// What to do about a refusal with this code; `None` where its status says all that is known.
pub fn refusal_fix(code: &str) -> Option<&'static str> {
    let of_code = CONFLICTS.iter().chain(REFUSALS).find(|(known, _)| *known == code);
    let of_parameter = || {
        let (_, parameter) = NOT_FOUND.iter().find(|(known, _)| *known == code)?;
        PARAMETERS.iter().find(|(known, _)| known == parameter)
    };
    of_code.or_else(of_parameter).map(|(_, fix)| *fix)
}

/// The table: a parameter in the path of an operation, and what shows its values.
const PARAMETERS: &[(&str, &str)] = &[
    ("12nc", "`el2g product list` lists the products with their 12NC"),
    ("nc12", "`el2g product list` lists the products with their 12NC"),
    (
        "deviceGroupId",
        "`el2g device-group list --product 12NC` lists the device groups of a product",
    ),
    ("deviceId", "`el2g device list` lists the devices"),
    (
        "claimCodeId",
        "`el2g claim-code list --group GROUP --product 12NC` lists the claim codes of a group",
    ),
    ("batchId", "the id of a batch is the one that `el2g claim-code create-batch` printed"),
    ("secureObjectId", "`el2g secure-object list` lists the secure objects"),
    ("secureObjectType", "`el2g policy template --help` names the types"),
    ("intermediateCaId", "`el2g intermediate-ca list` lists the intermediate CAs"),
    ("keySetId", "the service's web page shows the ids of key sets and keys"),
    ("keyId", "`el2g keyset public-key KEY-SET KEY` shows whether there is such a key"),
    (
        "jobId",
        "the id of a job is the one that `el2g device register` or `el2g batch create` printed",
    ),
    ("provisioningId", "`el2g device provisionings DEVICE` lists the provisionings of a device"),
];

/// The table: a command whose body names other things, by the parameters that they are elsewhere.
const BODIES: &[(&str, &[&str])] = &[
    ("secure-object assign", &["deviceGroupId"]),
    ("secure-object unassign", &["deviceGroupId"]),
    ("secure-object create", &["secureObjectId", "intermediateCaId"]),
    ("device-group unassign-objects", &["secureObjectId"]),
    ("claim-code delete-batch", &["claimCodeId"]),
];

/// What shows the values that the path of an operation, named by its command, may have; `None` for a path without
/// parameters, and for a free call.
pub(super) fn not_found_hint(operation: &str) -> Option<String> {
    // `device list` is two operations: one of all devices, and one of a group's, which can be missing.
    let all = CATALOGUE.iter().chain(NEWER);
    let of_command = all.filter(|endpoint| endpoint.command.join(" ") == operation);
    let endpoint = of_command.max_by_key(|endpoint| endpoint.path_parameters.len())?;
    let shown_by = |parameter: &&'static str| {
        let row = PARAMETERS.iter().find(|(name, _)| name == parameter);
        row.map(|(_, hint)| *hint)
    };
    let body = BODIES.iter().find(|(command, _)| *command == operation);
    let of_body = body.map_or(&[][..], |(_, parameters)| *parameters);
    let named = endpoint.path_parameters.iter().chain(of_body);
    let hints: Vec<&str> = named.filter_map(shown_by).collect();
    (!hints.is_empty()).then(|| hints.join("; "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_conflict_of_the_built_in_service_has_its_own_hint() {
        let conflicts = el2g_sandbox::error_codes().filter(|code| code.contains("_409_"));
        let conflicts: BTreeSet<String> = conflicts.collect();
        let rows: BTreeSet<String> = CONFLICTS.iter().map(|(code, _)| (*code).to_owned()).collect();
        assert_eq!(rows, conflicts);
        assert_eq!(CONFLICTS.len(), rows.len());
        let hints: BTreeSet<&str> =
            CONFLICTS.iter().map(|(_, hint)| *hint).chain([ANY_CONFLICT]).collect();
        assert_eq!(hints.len(), CONFLICTS.len() + 1);
    }

    #[test]
    fn every_code_of_the_built_in_service_has_a_fix_of_its_own_or_that_of_its_status() {
        let codes = || el2g_sandbox::error_codes();
        let by_status: Vec<String> = codes().filter(|code| refusal_fix(code).is_none()).collect();
        let expected = ["400_1", "400_2", "401_1", "405_1", "408_1", "413_1", "415_1", "500_1"];
        assert_eq!(by_status, expected.map(|number| format!("ERR_GW_{number}")));
        let codes: BTreeSet<String> = codes().collect();
        let tables = [CONFLICTS, REFUSALS, NOT_FOUND];
        for (code, _) in tables.into_iter().flatten() {
            assert!(codes.contains(*code), "{code}");
        }
        for (code, parameter) in NOT_FOUND {
            assert!(refusal_fix(code).is_some(), "{code}: {parameter}");
        }
    }

    #[test]
    fn every_path_parameter_has_a_command_that_shows_it() {
        for endpoint in CATALOGUE.iter().chain(NEWER) {
            for parameter in endpoint.path_parameters {
                let row = PARAMETERS.iter().find(|(name, _)| name == parameter);
                assert!(row.is_some(), "{}: {parameter}", endpoint.name);
            }
            let hint = not_found_hint(&endpoint.command.join(" "));
            assert!(hint.is_some() || endpoint.path_parameters.is_empty(), "{}", endpoint.name);
        }
        for (command, parameters) in BODIES {
            let hint = not_found_hint(command).unwrap_or_default();
            for parameter in *parameters {
                let row = PARAMETERS.iter().find(|(name, _)| name == parameter);
                assert!(row.is_some_and(|(_, shown_by)| hint.contains(shown_by)), "{command}");
            }
        }
        assert_eq!(not_found_hint("GET /x"), None);
    }

    #[test]
    fn a_hint_names_the_command_that_shows_or_removes_what_is_in_the_way() {
        for (code, hint) in CONFLICTS {
            assert!(hint.contains("`el2g "), "{code}: {hint}");
            assert_eq!(conflict_hint(Some(code), "device list"), *hint);
        }
        assert_eq!(conflict_hint(Some("ERR_RTP_409_77"), "device list"), ANY_CONFLICT);
        assert_eq!(conflict_hint(None, ""), ANY_CONFLICT);
    }

    #[test]
    fn a_conflict_without_a_known_code_is_told_by_its_command() {
        for (command, codes) in OF_COMMANDS {
            assert!(CATALOGUE.iter().any(|it| it.command.join(" ") == *command), "{command}");
            let hints: Vec<String> =
                codes.iter().map(|code| conflict_hint(Some(code), "")).collect();
            assert!(!hints.iter().any(|hint| hint == ANY_CONFLICT), "{command}");
            for unknown in [None, Some("ERR_X_409_1")] {
                assert_eq!(conflict_hint(unknown, command), hints.join("; or "));
            }
        }
    }
}
