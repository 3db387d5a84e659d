//! JSON objects with required and nullable fields.

/// Declares a JSON object in camel case. The fields before the `?` line are always there; each field
/// after it is a [`Nullable`](crate::Nullable): absent, `null` or a value. `new` takes the required
/// fields and leaves the others absent.
macro_rules! record {
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

/// Declares a [`record!`] that stands in the body of a request: it is read with every fault noted.
macro_rules! request {
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
                }
            }
        }
    };
}
