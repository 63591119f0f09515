//! A client program: orders on stdin, reports on stdout, one JSON object a line.

use std::sync::Arc;

use rmcp::{
    model::CallToolRequestParams, service::RunningService, transport::StreamableHttpClientTransport,
    RoleClient, ServiceExt,
};
use serde::Deserialize;
use serde_json::{json, Map, Value};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    sync::Mutex,
};

#[derive(Deserialize)]
struct Order {
    id: u64,
    r#do: String,
    url: Option<String>,
    tool: Option<String>,
    args: Option<Map<String, Value>>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Each connect replaces the connection.
#[derive(Default)]
struct Driver {
    client: Mutex<Option<Arc<RunningService<RoleClient, ()>>>>,
}

impl Driver {
    async fn connect(&self, url: String) -> Result<String, Failure> {
        let client = ().serve(StreamableHttpClientTransport::from_uri(url)).await?;
        if let Some(old) = self.client.lock().await.replace(Arc::new(client)) {
            old.cancellation_token().cancel();
        }
        Ok(String::new())
    }

    async fn call(&self, tool: String, args: Map<String, Value>) -> Result<String, Failure> {
        let client = self.client.lock().await.clone().ok_or("not connected")?;
        let result = client
            .call_tool(CallToolRequestParams::new(tool).with_arguments(args))
            .await?;
        let result = serde_json::to_value(result)?;
        let text = result["content"][0]["text"].as_str().unwrap_or_default().to_owned();
        if result["isError"] == json!(true) {
            return Err(format!("the tool failed: {text}").into());
        }
        Ok(text)
    }

    async fn obey(&self, order: Order) {
        let end = match order.r#do.as_str() {
            "connect" => self.connect(order.url.unwrap_or_default()).await,
            _ => self.call(order.tool.unwrap_or_default(), order.args.unwrap_or_default()).await,
        };
        let report = match end {
            Ok(text) => json!({"id": order.id, "ok": true, "text": text}),
            Err(error) => json!({"id": order.id, "ok": false, "error": error.to_string()}),
        };
        println!("{report}");
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let driver = Arc::new(Driver::default());
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let order: Order = serde_json::from_str(&line)?;
        let driver = driver.clone();
        tokio::spawn(async move { driver.obey(order).await });
    }
    std::process::exit(0)
}
