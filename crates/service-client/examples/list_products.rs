//! Lists the products of a service.
//!
//! `EL2G_TOKEN=… cargo run --example list_products -- https://api.edgelock2go.com/api/v1`; without an address it asks a
//! stand-in of the service on loopback, which answers one request.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread;

use el2g_service_api::NoPath;
use el2g_service_api::products::{ListProducts, ProductQuery};
use el2g_service_client::{AuthHeader, BaseUrl, Client, SecretBytes, Settings, Token};

async fn list(base_url: &str, token: String) -> Result<usize, Box<dyn Error>> {
    let token = Token::new(&SecretBytes::new(token.into_bytes()))?;
    let settings = Settings::new(BaseUrl::parse(base_url)?, AuthHeader::El2gApiKey, Some(token));
    let client = Client::new(settings)?;
    let products = client.call::<ListProducts>(&NoPath, &ProductQuery::default(), &()).await?;
    for product in &products {
        let name = product.commercial_name.value().map_or("", String::as_str);
        println!("{} {name}", product.nc12);
    }
    Ok(products.len())
}

/// A service that answers one request with one product; returns its base URL.
fn stand_in() -> Result<String, Box<dyn Error>> {
    const ANSWER: &str = r#"[{"nc12": "935389312472", "commercialName": "SE050C2HQ1/Z01V3"}]"#;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base_url = format!("http://{}/api/v1", listener.local_addr()?);
    thread::spawn(move || -> std::io::Result<()> {
        let (mut stream, _) = listener.accept()?;
        let head = BufReader::new(stream.try_clone()?).lines();
        // To the empty line that ends the head of the request.
        head.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{ANSWER}",
            ANSWER.len()
        )
    });
    Ok(base_url)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1) {
        Some(base_url) => list(&base_url, std::env::var("EL2G_TOKEN")?).await?,
        None => list(&stand_in()?, "a-token".to_owned()).await?,
    };
    Ok(())
}

#[tokio::test]
async fn runs() {
    let base_url = stand_in().expect("it listens");
    assert_eq!(list(&base_url, "a-token".to_owned()).await.expect("the example runs"), 1);
}
