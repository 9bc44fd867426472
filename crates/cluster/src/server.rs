//! Ballista's own scheduler and executor, with our functions registered.

use std::{net::SocketAddr, sync::Arc};

use ballista_core::{
    error::{BallistaError, Result},
    registry::BallistaFunctionRegistry,
    utils::default_session_builder,
};
use ballista_executor::{
    config::Config as ExecutorConfig,
    executor_process::{ExecutorProcessConfig, start_executor_process},
};
use ballista_scheduler::{
    cluster::BallistaCluster,
    config::{Config as SchedulerOptions, SchedulerConfig},
    scheduler_process::start_server,
};

use crate::functions;

/// Serves until it is told to stop.
///
/// # Errors
/// What Ballista's scheduler says.
pub async fn scheduler(options: SchedulerOptions) -> Result<()> {
    let address = format!("{}:{}", options.bind_host, options.bind_port);
    let address: SocketAddr =
        address.parse().map_err(|e| BallistaError::Configuration(format!("{address}: {e}")))?;
    let config: SchedulerConfig = options.try_into()?;
    let config = config.with_override_session_builder(Arc::new(|config| {
        let mut state = default_session_builder(config)?;
        functions::register(&mut state, &functions::revision());
        Ok(state)
    }));
    let cluster = BallistaCluster::new_from_config(&config).await?;
    start_server(cluster, address, Arc::new(config)).await
}

/// Works until it is told to stop, with the functions of a revision: [`functions::revision`] but in tests.
///
/// # Errors
/// What Ballista's executor says.
pub async fn executor(options: ExecutorConfig, revision: &str) -> Result<()> {
    let mut config: ExecutorProcessConfig = options.try_into()?;
    config.override_function_registry = Some(Arc::new(registry(revision)));
    start_executor_process(Arc::new(config)).await
}

/// DataFusion's functions and those of a revision.
fn registry(revision: &str) -> BallistaFunctionRegistry {
    let mut registry = BallistaFunctionRegistry::default();
    for function in functions::all(revision) {
        registry.aggregate_functions.insert(function.name().to_owned(), function);
    }
    registry
}
