//! Products, hardware types and development boards (4.3.1 to 4.3.3, 4.3.9).

use crate::{DeviceId, Json, NoPath};

record! {
    /// A product, known by its 12NC (4.3.1).
    #[derive(Debug, Clone, PartialEq)]
    pub struct Product {
        /// The 12 digits of the product code.
        nc12: String,
        ?
        /// The orderable part, such as `SE050C2HQ1/Z01V3`.
        commercial_name: String,
        /// Such as `SE050`.
        hardware_type: String,
        /// Such as `SE050C2`.
        hardware_variant: String,
        /// Such as `SE05`.
        hardware_family_type: HardwareFamily,
        /// Such as `0`.
        software_version: String,
        /// Only in 4.3.1, where the document shows `null`.
        profiles: Json,
        /// Only in 4.3.1, where the document shows `null`.
        customers: Json,
    }
}

open_enum! {
    /// A family of products. The document knows `SE05`; the others are seen in public clients.
    pub enum HardwareFamily {
        /// EdgeLock SE05x secure elements.
        Se05 = "SE05",
        /// EdgeLock A5000 secure authenticators.
        A500 = "A500",
        /// RW61x.
        Rw6 = "RW6",
        /// i.MX 8.
        Imx8 = "IMX8",
        /// i.MX 9.
        Imx9 = "IMX9",
        /// i.MX RT.
        Imxrt = "IMXRT",
        /// KW45 and the like.
        Kw = "KW",
        /// MCX N.
        Mcxn = "MCXN",
    }
}

record! {
    /// A hardware type with its variants (4.3.2).
    #[derive(Debug, Clone, PartialEq)]
    pub struct HardwareType {
        /// Such as `SE050`.
        name: String,
        /// Its variants.
        hardware_variants: Vec<HardwareVariant>,
    }
}

record! {
    /// A variant of a hardware type with its products (4.3.2).
    #[derive(Debug, Clone, PartialEq)]
    pub struct HardwareVariant {
        /// Such as `SE050A1`.
        name: String,
        /// Its products.
        products: Vec<Product>,
    }
}

record! {
    /// A development board (4.3.3).
    #[derive(Debug, Clone, PartialEq)]
    pub struct DevBoard {
        /// Such as `SE050ARD`.
        name: String,
        ?
        /// Such as `black`.
        color: String,
        /// The product on it.
        product: Product,
    }
}

query! {
    /// Filters of 4.3.1.
    pub struct ProductQuery {
        /// Such as `SE050`.
        hardware_type: String = "hardwareType",
        /// Such as `SE050C2`.
        hardware_variant: String = "hardwareVariant",
        /// The 12NC: at most one product.
        nc12: String = "nc12",
        /// A device id: its product.
        device_id: String = "deviceId",
    }
}

path! {
    /// A device by its id.
    pub struct DevicePath {
        /// The device.
        device_id: DeviceId = "deviceId",
    }
}

operations! {
    /// Retrieve products (4.3.1).
    ListProducts = "4.3.1" Get "/products" => 200 Json, ["product", "list"], path NoPath, query ProductQuery, reply Vec<Product>,;
    /// Retrieve hardware types (4.3.2).
    ListHardwareTypes = "4.3.2" Get "/hardware-types" => 200 Json, ["hardware-type", "list"], path NoPath, reply Vec<HardwareType>,;
    /// Retrieve development boards (4.3.3).
    ListDevBoards = "4.3.3" Get "/dev-boards" => 200 Json, ["dev-board", "list"], path NoPath, reply Vec<DevBoard>,;
    /// Retrieve product of a device (4.3.9).
    ShowDeviceProduct = "4.3.9" Get "/devices/{deviceId}/product" => 200 Json, ["device", "product"], path DevicePath, reply Product,;
}
