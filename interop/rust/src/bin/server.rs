//! A server program. Its tool count says on stdout that it runs, and takes ms milliseconds.

use std::{env, error::Error, sync::Arc, time::Duration};

use rmcp::{
    handler::server::wrapper::Parameters,
    model::{ServerCapabilities, ServerConfig},
    schemars, tool, tool_router,
    transport::streamable_http_server::{
        session::local::LocalSessionManager, StreamableHttpServerConfig, StreamableHttpService,
    },
    ServerHandler,
};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Count {
    n: String,
    #[serde(default)]
    ms: u64,
}

#[derive(Clone)]
struct Server;

#[tool_router]
impl Server {
    #[tool(description = "count")]
    async fn count(&self, Parameters(Count { n, ms }): Parameters<Count>) -> String {
        println!("run {n}");
        tokio::time::sleep(Duration::from_millis(ms)).await;
        n
    }
}

#[rmcp::tool_handler]
impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut config = StreamableHttpServerConfig::default();
    config.legacy_session_mode = env::var("MODE")? != "stateless";
    let service = StreamableHttpService::new(|| Ok(Server), Arc::new(LocalSessionManager::default()), config);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", env::var("PORT")?)).await?;
    axum::serve(listener, axum::Router::new().nest_service("/mcp", service)).await?;
    Ok(())
}
