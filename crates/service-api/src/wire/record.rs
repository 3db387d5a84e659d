//! JSON objects with required and nullable fields.

/// Declares a JSON object in camel case that an answer has. The fields before the `?` line are always there; each field
/// after it is a [`Nullable`](crate::Nullable): absent, `null` or a value. `new` takes the required
/// fields and leaves the others absent. Fields that are not declared are kept in `unknown`.
macro_rules! record {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$rmeta:meta])* $required:ident : $rtype:ty,)*
        $(? $($(#[$nmeta:meta])* $nullable:ident : $ntype:ty,)*)?
    }) => {
        #[derive(::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema)]
        #[serde(rename_all = "camelCase", remote = "Self")]
        #[schemars(!remote)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$rmeta])* pub $required: $rtype,)*
            $($(
                $(#[$nmeta])*
                #[serde(default, skip_serializing_if = "crate::Nullable::is_absent")]
                pub $nullable: crate::Nullable<$ntype>,
            )*)?
            /// What an answer has besides.
            #[serde(flatten, skip_deserializing)]
            #[schemars(skip)]
            pub unknown: crate::UnknownFields,
        }

        keeps_unknown_fields! { $name }

        impl $name {
            /// With the fields that are always there; the others are absent.
            pub fn new($($required: $rtype),*) -> Self {
                Self {
                    $($required,)*
                    $($($nullable: crate::Nullable::Absent,)*)?
                    unknown: crate::UnknownFields::default(),
                }
            }
        }
    };
}

/// Reads and writes a type that has `#[serde(remote = "Self")]` and a field `unknown` with what it does not declare.
macro_rules! keeps_unknown_fields {
    ($name:ident $(<$parameter:ident>)?) => {
        impl $(<$parameter: ::serde::Serialize>)? ::serde::Serialize for $name $(<$parameter>)? {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                // The method that serde derives of the fields.
                Self::serialize(self, serializer)
            }
        }

        impl<'de $(, $parameter: ::serde::Deserialize<'de>)?> ::serde::Deserialize<'de>
            for $name $(<$parameter>)?
        {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let read = crate::wire::unknown_fields::kept(deserializer, |fields| {
                    Self::deserialize(fields)
                });
                read.map(|(record, unknown)| Self { unknown, ..record })
            }
        }
    };
}

/// Declares a JSON object as [`record!`] does, of which only a request consists: what is not declared is passed over.
macro_rules! request_only {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$rmeta:meta])* $required:ident : $rtype:ty,)*
        $(? $($(#[$nmeta:meta])* $nullable:ident : $ntype:ty,)*)?
    }) => {
        #[derive(::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema)]
        #[serde(rename_all = "camelCase")]
        $(#[$meta])*
        pub struct $name {
            $($(#[$rmeta])* pub $required: $rtype,)*
            $($(
                $(#[$nmeta])*
                #[serde(default, skip_serializing_if = "crate::Nullable::is_absent")]
                pub $nullable: crate::Nullable<$ntype>,
            )*)?
        }

        impl $name {
            /// With the fields that are always there; the others are absent.
            pub fn new($($required: $rtype),*) -> Self {
                Self { $($required,)* $($($nullable: crate::Nullable::Absent,)*)? }
            }
        }
    };
}

/// Declares an object in the body of a request: it is read with every fault noted.
macro_rules! request {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$rmeta:meta])* $required:ident : $rtype:ty,)*
        $(? $($(#[$nmeta:meta])* $nullable:ident : $ntype:ty,)*)?
    }) => {
        request_only! {
            $(#[$meta])* pub struct $name {
                $($(#[$rmeta])* $required: $rtype,)*
                $(? $($(#[$nmeta])* $nullable: $ntype,)*)?
            }
        }

        impl crate::body_check::ReadJson for $name {
            fn read_json(
                json: Option<&::serde_json::Value>,
                faults: &mut crate::body_check::BodyFaults,
            ) -> Self {
                let fields = faults.object(json);
                Self {
                    $($required: faults.field(fields, stringify!($required)),)*
                    $($($nullable: faults.field(fields, stringify!($nullable)),)*)?
                }
            }
        }
    };
}

/// Declares a [`record!`] that also stands in the body of a request.
macro_rules! shared_record {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$rmeta:meta])* $required:ident : $rtype:ty,)*
        $(? $($(#[$nmeta:meta])* $nullable:ident : $ntype:ty,)*)?
    }) => {
        record! {
            $(#[$meta])* pub struct $name {
                $($(#[$rmeta])* $required: $rtype,)*
                $(? $($(#[$nmeta])* $nullable: $ntype,)*)?
            }
        }

        impl crate::body_check::ReadJson for $name {
            fn read_json(
                json: Option<&::serde_json::Value>,
                faults: &mut crate::body_check::BodyFaults,
            ) -> Self {
                let fields = faults.object(json);
                Self {
                    $($required: faults.field(fields, stringify!($required)),)*
                    $($($nullable: faults.field(fields, stringify!($nullable)),)*)?
                    unknown: crate::UnknownFields::default(),
                }
            }
        }
    };
}
