//! Ballista's scheduler with itoguchi's functions.

use ballista_scheduler::config::Config;
use clap::Parser as _;
use itoguchi_cluster::server;
use tracing_subscriber::EnvFilter;

fn main() -> ballista_core::error::Result<()> {
    let options = Config::parse();
    let level =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(&options.log_level_setting));
    tracing_subscriber::fmt().with_ansi(false).with_writer(std::io::stderr).with_env_filter(level).init();
    // plans are walked by recursion
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(server::scheduler(options))
}
