//! The users and groups of this machine, as `/etc/passwd` and `/etc/group` list them.
//!
//! Accounts of a directory service (LDAP) are not listed there. What the files do not say is never taken as
//! permission: an unlisted group counts as a user's own only if it has the user's number.

use std::fs;
use std::sync::OnceLock;

/// Names, numbers and memberships.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    users: Vec<User>,
    groups: Vec<Group>,
}

#[derive(Debug)]
struct User {
    name: String,
    uid: u32,
    primary_gid: u32,
}

#[derive(Debug)]
struct Group {
    name: String,
    gid: u32,
    members: Vec<String>,
}

impl Accounts {
    /// The accounts of this machine, read once.
    pub(crate) fn of_system() -> &'static Self {
        static ACCOUNTS: OnceLock<Accounts> = OnceLock::new();
        ACCOUNTS.get_or_init(|| {
            let text = |path| fs::read(path).unwrap_or_default();
            let (passwd, group) = (text("/etc/passwd"), text("/etc/group"));
            Self::of(&String::from_utf8_lossy(&passwd), &String::from_utf8_lossy(&group))
        })
    }

    /// Accounts from the text of `/etc/passwd` and `/etc/group` (passwd(5), group(5)).
    pub(crate) fn of(passwd: &str, group: &str) -> Self {
        let users = passwd.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            let uid = fields.nth(1)?.parse().ok()?;
            let primary_gid = fields.next()?.parse().ok()?;
            Some(User { name, uid, primary_gid })
        });
        let groups = group.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            let gid = fields.nth(1)?.parse().ok()?;
            let members = fields.next().unwrap_or_default().split(',').map(str::trim);
            let members = members.filter(|name| !name.is_empty()).map(str::to_owned).collect();
            Some(Group { name, gid, members })
        });
        Self { users: users.collect(), groups: groups.collect() }
    }

    /// The name of a user.
    pub(crate) fn user_name(&self, uid: u32) -> Option<&str> {
        self.users.iter().find(|user| user.uid == uid).map(|user| user.name.as_str())
    }

    /// Whether `gid` is the private group of one of the users `uids`: the primary group of that user, of nobody
    /// outside of `uids`, and without any member outside of them.
    pub(crate) fn is_private_group(&self, gid: u32, uids: &[u32]) -> bool {
        let groups: Vec<&Group> = self.groups.iter().filter(|group| group.gid == gid).collect();
        let is_one_of_us = |name: &String| {
            let mut found = self.users.iter().filter(|user| user.name == *name).peekable();
            found.peek().is_some() && found.all(|user| uids.contains(&user.uid))
        };
        if !groups.iter().flat_map(|group| &group.members).all(is_one_of_us) {
            return false;
        }
        let mut primary = self.users.iter().filter(|user| user.primary_gid == gid).peekable();
        if primary.peek().is_some() {
            return primary.all(|user| uids.contains(&user.uid));
        }
        // A user that the files do not list: the group has the user's number, and belongs to no service.
        let is_unlisted = |&uid: &u32| uid == gid && self.user_name(uid).is_none();
        uids.iter().any(is_unlisted)
            && groups.iter().all(|group| self.users.iter().all(|user| user.name != group.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_private_when_nobody_else_is_in_it() {
        let accounts = Accounts::of(
            "root:x:0:0:root:/:/bin/sh\nann:x:1000:1000::/:\nbob:x:1001:100::/:\nbroken\n",
            "root:x:0:\nann:x:1000:ann\nusers:x:100:\nteam:x:2000:ann,bob\nsolo:x:2001:ann\nempty:x:2002:\n",
        );
        let private = |gid, uids: &[u32]| accounts.is_private_group(gid, uids);
        assert!(private(1000, &[0, 1000]), "the primary group of ann alone");
        assert!(private(0, &[0]), "root's");
        assert!(!private(1000, &[0]), "ann's, seen by root");
        for gid in [100, 2000, 2001, 2002, 3000] {
            assert!(!private(gid, &[0, 1000]), "{gid}");
        }
        assert!(private(5000, &[0, 5000]), "a directory user whose group has the same number");
        assert!(!private(5001, &[0, 5000]), "a directory group");
        assert_eq!(accounts.user_name(1001), Some("bob"));
        assert_eq!(accounts.user_name(7), None);
    }

    #[test]
    fn other_members_or_other_primary_users_make_a_group_shared() {
        let accounts = Accounts::of("ann:x:1000:1000\neve:x:1001:1000\n", "ann:x:1000:\n");
        assert!(!accounts.is_private_group(1000, &[0, 1000]));
        let accounts = Accounts::of("ann:x:1000:1000\n", "ann:x:1000:eve\n");
        assert!(!accounts.is_private_group(1000, &[0, 1000]), "eve is in a directory");
    }
}
